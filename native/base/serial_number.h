// Comparison of numbers that wrap (RFC 1982): RTP sequence numbers and timestamps, ring positions.

#pragma once

#include <cstdint>

namespace parley {

// How far `to` lies ahead of `from`, negative when behind: the shorter way around the circle.
// Half the circle exactly counts as behind.
constexpr int32_t SerialDistance16(uint16_t from, uint16_t to) {
  return static_cast<int16_t>(static_cast<uint16_t>(to - from));
}

// As above for 32 bits.
constexpr int32_t SerialDistance32(uint32_t from, uint32_t to) {
  return static_cast<int32_t>(to - from);
}

constexpr bool IsNewer16(uint16_t a, uint16_t than) { return SerialDistance16(than, a) > 0; }
constexpr bool IsNewer32(uint32_t a, uint32_t than) { return SerialDistance32(than, a) > 0; }

// Turns 16-bit sequence numbers into 64-bit ones that never wrap, each near the one before.
class SequenceExtender {
 public:
  // The extended number of `sequence`: the one nearest to the newest seen so far. The first starts
  // at 2^16, so that a packet sent before it still has a number above 0.
  constexpr int64_t Extend(uint16_t sequence) {
    if (!started_) {
      started_ = true;
      newest_ = (int64_t{1} << 16) + sequence;
      return newest_;
    }
    const int64_t extended =
        newest_ + SerialDistance16(static_cast<uint16_t>(newest_ & 0xffff), sequence);
    if (extended > newest_) newest_ = extended;
    return extended;
  }

 private:
  bool started_ = false;
  int64_t newest_ = 0;
};

}  // namespace parley
