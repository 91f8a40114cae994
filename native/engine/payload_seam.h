// A leg's StreamDecoder as its playout sees it: neither knows the other.

#pragma once

#include "codecs/stream_decoder.h"
#include "jitter/playout.h"

namespace parley {

// `decoder` must outlive what uses the result.
PayloadDecoder SeamOf(StreamDecoder& decoder);

}  // namespace parley
