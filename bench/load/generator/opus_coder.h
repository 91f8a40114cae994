// Opus as libopus makes it, at 48 kHz, 20 ms a packet; heard at 8 kHz.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace parley::load {

// Payload type in the offers of the load.
inline constexpr uint8_t kOpusPayloadType = 111;

// Packets of a loop of whole frames of 20 ms at 48 kHz, as they are from the second time around on.
std::vector<std::vector<uint8_t>> OpusEncodeLoop(std::span<const int16_t> loop48);

// All of the packets one after the other, at 8 kHz; an empty one counts as lost, and one that is no
// Opus as silence.
std::vector<int16_t> OpusDecodeAll(std::span<const std::span<const uint8_t>> packets);

}  // namespace parley::load
