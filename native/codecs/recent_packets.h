// The last packets of a stream, as they came.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"

namespace parley {

// One thread; real-time safe; about 2 KiB.
class RecentPackets {
 public:
  // Together, with the newest.
  static constexpr size_t kBytesMax = 2'048;
  static constexpr size_t kPacketsMax = 32;

  void Clear() {
    count_ = 0;
    bytes_ = 0;
    samples_ = 0;
  }

  // Takes `payload`, which holds `samples`. Of those before, the oldest go: what is not needed to
  // have `samples_wanted`, and what there is no room for. One that is too long itself leaves none.
  void Add(std::span<const uint8_t> payload, uint32_t samples,
           uint32_t samples_wanted) PARLEY_NONBLOCKING;

  // Of all that are here.
  uint32_t samples() const { return samples_; }

  // Calls `take` with the payload of each, the oldest first.
  template <typename Take>
  void Each(Take take) const {
    size_t at = 0;
    for (const Packet& packet : std::span(packets_).first(count_)) {
      take(std::span(payloads_).subspan(at, packet.bytes));
      at += packet.bytes;
    }
  }

 private:
  struct Packet {
    uint16_t bytes;
    uint16_t samples;
  };

  size_t count_ = 0;
  size_t bytes_ = 0;
  uint32_t samples_ = 0;
  std::array<Packet, kPacketsMax> packets_;
  std::array<uint8_t, kBytesMax> payloads_;  // one behind the other
};

}  // namespace parley
