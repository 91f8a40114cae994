// Redundant audio data (RFC 2198), received: a packet that carries earlier packets' payloads again.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"

namespace parley {

// Blocks kept of one packet beside the primary; older ones come too late to be of use.
inline constexpr size_t kRedundantBlocksMax = 2;

struct RedundancyBlock {
  uint8_t payload_type = 0;  // 0 to 127
  uint32_t timestamp = 0;
  std::span<const uint8_t> payload;  // within the packet
};

struct RedundancyView {
  // May be empty: nothing new, only what was sent before.
  RedundancyBlock primary;
  // The last ones of the packet that are not empty, in its order: oldest first. Each has at most
  // 1023 bytes and lies at most 16383 timestamp units before the primary.
  std::array<RedundancyBlock, kRedundantBlocksMax> redundant;
  size_t redundant_count = 0;
};

// The blocks of a payload sent under `timestamp`, or nothing when a header or a block reaches
// beyond its end (RFC 2198 3). Total over any bytes. Says nothing about the payload types: a block
// whose type is that of redundancy itself is to be ignored.
std::optional<RedundancyView> ParseRedundancy(uint32_t timestamp,
                                              std::span<const uint8_t> payload) PARLEY_NONBLOCKING;

}  // namespace parley
