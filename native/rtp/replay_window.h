// Which packets of one stream were seen (RFC 3711 3.3.2): the newest, and the 127 before it.

#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace parley {

inline constexpr size_t kReplayWindowPackets = 128;

enum class ReplayVerdict : uint8_t {
  kFresh,
  kReplayed,  // accepted before
  kTooOld,    // before the window: whether it was accepted is not known any more
};

// One thread; real-time safe; plain data, 32 bytes.
class ReplayWindow {
 public:
  bool has_started() const { return has_started_; }
  // Highest index accepted. REQUIRES: has_started().
  uint64_t newest() const { return newest_; }

  ReplayVerdict Check(uint64_t index) const {
    if (!has_started_ || index > newest_) return ReplayVerdict::kFresh;
    const uint64_t age = newest_ - index;
    if (age >= kReplayWindowPackets) return ReplayVerdict::kTooOld;
    return seen_.test(age) ? ReplayVerdict::kReplayed : ReplayVerdict::kFresh;
  }

  // Remembers a packet, once it proved authentic. REQUIRES: Check(index) is kFresh.
  void Accept(uint64_t index) {
    if (!has_started_) {
      has_started_ = true;
      newest_ = index;
    } else if (index > newest_) {
      const uint64_t step = index - newest_;
      if (step < kReplayWindowPackets) {
        seen_ <<= step;
      } else {
        seen_.reset();
      }
      newest_ = index;
    }
    seen_.set(newest_ - index);
  }

 private:
  bool has_started_ = false;
  uint64_t newest_ = 0;
  // Bit n: the packet n before the newest.
  std::bitset<kReplayWindowPackets> seen_;
};

}  // namespace parley
