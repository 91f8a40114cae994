// What is kept while rooms change their rate. The turn in which a room does is mixed twice: at the
// rate of before, and at the new one with filters that begin to fill; what is heard fades from the
// one to the other. The two differ by a few milliseconds of delay, for a resampler that one of them
// needs, so that neither could go on where the other left off.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "base/units.h"

namespace parley {

// Frames that are kept at a time, 2 KiB each: of each leg that is heard in a room whose rate
// changes, of each that has a mix of its own, and of what all hear at each of their rates. Beyond
// that there is a seam, which is counted.
inline constexpr uint32_t kRateChangeFramesMax = 512;

// Fades from `before` to `after`, in place of which the result is. `before` is taken in steps of
// `stride` samples. REQUIRES: before has after.size() of them.
void FadeOver(std::span<const int16_t> before, size_t stride,
              std::span<int16_t> after) PARLEY_NONBLOCKING;

// One thread. Allocates in the constructor only; real-time safe afterwards.
class RateChange {
 public:
  explicit RateChange(uint32_t legs_max);

  // What it takes beyond the object.
  static size_t BytesFor(uint32_t legs_max) {
    return sizeof(int16_t) * kFrameSamplesMax * PlacesFor(legs_max);
  }

  // Lets go of what was taken longer ago than a frame. In a spread room a leg that is served k
  // ticks after the room is taken in 4 - k ticks before the mix, and sent it k ticks after.
  void BeginTick() PARLEY_NONBLOCKING;

  // A place for a frame, or layout::kNone when all are taken.
  uint32_t Take() PARLEY_NONBLOCKING;

  // Room for the largest frame. REQUIRES: the place was taken.
  std::span<int16_t> frame(uint32_t place);

  // Fades from the frame of a place to `after`, in place of which the result is; from layout::kNone
  // not at all. REQUIRES: after.size() <= kFrameSamplesMax.
  void Fade(uint32_t place, std::span<int16_t> after) PARLEY_NONBLOCKING;

 private:
  static constexpr uint32_t kTicksKept = kPhasesPerFrame + 1;
  static uint32_t PlacesFor(uint32_t legs_max) {
    return std::min(2 * legs_max, kRateChangeFramesMax);
  }

  // Places are taken in turn, and let go in the same order.
  uint32_t places_;
  uint32_t next_ = 0;
  uint32_t taken_ = 0;
  uint32_t tick_ = 0;
  std::array<uint32_t, kTicksKept> taken_in_{};  // by tick: how many of these
  std::vector<int16_t> frames_;
};

}  // namespace parley
