// Test support: whole sounds through our Opus codec.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codecs/opus_codec.h"

namespace parley::testing {

using Bytes = std::vector<uint8_t>;
using Samples = std::vector<int16_t>;

// One packet for each whole frame of `sound`, empty where nothing needs to be sent. Frames of 20
// ms, or of `frame_samples`.
std::vector<Bytes> OpusEncodeAll(const OpusEncoderConfig& config, std::span<const int16_t> sound,
                                 size_t frame_samples = 0);

// All of the packets, one after the other.
Samples OpusDecodeAll(const std::vector<Bytes>& packets, uint32_t rate_hz);

}  // namespace parley::testing
