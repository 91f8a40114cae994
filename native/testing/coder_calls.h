// What the coders' libraries were asked for on this thread, by what is tested or measured. The
// linker sends its calls here (--wrap).

#pragma once

#include <cstdint>

namespace parley::testing {

// Calls of opus_decode and g722_decode.
uint64_t Decodes();

// Spent in opus_encode and opus_decode.
int64_t OpusNs();

}  // namespace parley::testing
