// How much faster the sender's clock runs than ours, seen in the fastest packets of each few
// seconds: with drift they come ever sooner, or ever later, after their media time.
//
// A change of path also moves them, but at once. So a change counts as drift only when about half
// of it came in about half of the time.

#pragma once

#include <array>
#include <cstdint>

#include "base/realtime.h"

namespace parley {

// One object per leg, about half a KiB. Real-time safe.
class ClockDrift {
 public:
  // Forgets everything: a new time line.
  void Reset() PARLEY_NONBLOCKING;

  // The smallest (arrival - media time) of the window that began at `at_ns`. Windows come in order.
  void OnWindow(int64_t at_ns, int64_t minimum_ns) PARLEY_NONBLOCKING;

  // Parts per million, above 0 for a sender that is fast. 0 until it is beyond doubt: some
  // milliseconds have gathered, and evenly.
  int32_t ppm() const { return ppm_; }

 private:
  // Both wrap; of two points within some minutes the difference is right.
  struct Point {
    uint32_t at_ms;
    uint32_t minimum_us;
  };
  // With windows of 3 s, three minutes: 25 ppm are 4.7 ms.
  static constexpr uint32_t kPoints = 64;

  const Point& Latest(uint32_t age) const { return points_[(count_ - 1 - age) % kPoints]; }
  int32_t PpmOver(uint32_t points) const;

  int32_t ppm_ = 0;
  uint32_t count_ = 0;  // ever; the newest kPoints are kept
  std::array<Point, kPoints> points_;
};

}  // namespace parley
