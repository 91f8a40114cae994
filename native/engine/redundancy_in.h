// Which of the packets that a redundant one (RFC 2198) carries again have not come themselves.

#pragma once

#include <cstdint>
#include <optional>

#include "base/realtime.h"

namespace parley {

// One thread; real-time safe. A plain value; start afresh with another source.
class RedundancyIn {
 public:
  // Packets remembered; and how far back redundancy is of use.
  static constexpr uint16_t kRememberedPackets = 64;
  static constexpr uint32_t kPacketsBackMax = 8;

  // A packet of this number came, or was recovered.
  void Note(uint16_t sequence) PARLEY_NONBLOCKING;

  // The sequence number of a block that begins `offset` before the packet that carries it and
  // lasts `units`, both of the RTP clock; nothing when it has come, or cannot be told: redundancy
  // has timestamps only, and a number that is wrong would push out a packet that is right.
  std::optional<uint16_t> Missing(uint16_t carrier_sequence, uint32_t offset,
                                  uint32_t units) const PARLEY_NONBLOCKING;

 private:
  bool HasCome(uint16_t sequence) const;

  bool has_packets_ = false;
  uint16_t newest_ = 0;
  uint64_t came_ = 0;  // bit n: newest_ - n
};

}  // namespace parley
