// How long packets of one stream should wait: long enough for nearly all of them to have come, and
// no longer. Forgets, so that delay shrinks again after a storm.
//
// The relative delay of a packet is its arrival less its media time, less the smallest such
// difference of the last seconds (the fastest packet). What counts is the slowest of the relative
// delays of the last 3 to 6 seconds, all but a few: long enough for a storm's next gust, short
// enough to be back 10 seconds after it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/prefetch.h"
#include "base/realtime.h"
#include "base/units.h"
#include "jitter/clock_drift.h"

namespace parley {

// One object per leg, about 1.1 KiB. Times in nanoseconds, monotonic. Real-time safe.
class DelayEstimator {
 public:
  DelayEstimator();

  // Forgets everything: a new stream.
  void Reset();

  // A packet came. `media_ns` is its RTP timestamp, unwrapped, as time.
  void OnPacket(int64_t arrival_ns, int64_t media_ns) PARLEY_NONBLOCKING;

  // One came in its turn, and nobody asked when: it counts as the fastest, with the next of which
  // it is known.
  void OnPacketInStep() PARLEY_NONBLOCKING { ++in_step_; }

  // Whether for 3 s or more no packet is known to have come 5 ms later than the fastest.
  bool is_steady() const { return before_.packets > 0 && now_.end <= 1 && before_.end <= 1; }

  // Whether the next packet ends the 3 s in which packets are counted: it is to be asked.
  bool is_window_over(int64_t now_ns) const { return now_ns - window_began_ns_ >= kWindowNs; }

  bool has_packets() const { return has_packets_; }

  // Smallest arrival - media time lately: the origin all delays are counted from.
  int64_t base_ns() const { return base_ns_; }

  // How much later than the fastest all but one in 200 packets came, at most; 0 below 5 ms.
  int64_t slowest_ns() const { return slowest_ns_; }

  // How much later than the fastest the newest came.
  int64_t newest_ns() const { return newest_difference_ns_ - base_ns(); }

  // How much faster the sender's clock runs; 0 until it is beyond doubt.
  int32_t drift_ppm() const { return drift_ppm_; }

  // What every packet needs, soon: most come in the first buckets.
  void Prefetch() const { PrefetchUpTo(this, &delays_[kBuckets / 8]); }

 private:
  static constexpr int64_t kWindowNs = 3 * kNsPerSecond;
  static constexpr uint32_t kBucketMs = 5;
  static constexpr uint32_t kBuckets = 120;

  // What was seen in one window of time.
  struct Window {
    int64_t minimum_ns;
    uint32_t packets;
    // All buckets from here on are empty.
    uint32_t end;
  };
  // Packets of one delay, in either window: they are looked at together.
  struct Bucket {
    uint16_t now;
    uint16_t before;
  };

  void Begin(int64_t difference_ns);
  void Count(uint32_t bucket, uint32_t packets);
  void UpdateSlowest() PARLEY_NONBLOCKING;

  bool has_packets_;
  int64_t window_began_ns_;
  int64_t slowest_ns_;
  int64_t newest_difference_ns_;
  int64_t base_ns_;
  int32_t drift_ppm_;
  uint32_t in_step_;  // since the newest whose time is known
  Window now_;
  Window before_;
  std::array<Bucket, kBuckets> delays_;
  ClockDrift drift_;
};

}  // namespace parley
