// Test support: what benches of whole ticks measure with.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/units.h"
#include "net/udp_socket.h"

namespace parley::testing {

// The first second: sockets connect, and buffers fill. It is not measured.
inline constexpr uint32_t kWarmUpTurns = 60;

// CPU that this thread has taken.
inline int64_t ThreadCpuNs() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

// Of what each turn took, those of the warm-up left out. REQUIRES: there were more.
inline double MedianTurn(const std::vector<double>& turns) {
  std::vector<double> sorted(turns.begin() + kWarmUpTurns, turns.end());
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

inline UdpSocket LoopbackSocket() {
  UdpSocket::OpenResult opened = UdpSocket::Open(*Address::Parse("127.0.0.1", 0), {});
  PARLEY_ASSERT(opened.error == 0);
  return std::move(opened.socket);
}

// Of all that was heard, in its order (FNV-1a).
class SoundChecksum {
 public:
  void Add(std::span<const uint8_t> bytes) {
    for (const uint8_t byte : bytes) value_ = (value_ ^ byte) * 0x100000001B3ULL;
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xCBF29CE484222325ULL;
};

}  // namespace parley::testing
