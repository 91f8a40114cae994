// What is kept during the one turn in which a room's rate changes. That turn is mixed twice: as
// before, and at the new rate with filters that begin to fill; each hearer's sound fades from the
// one to the other. The two differ by a few milliseconds of delay, for a resampler that one of them
// needs, so that neither could go on where the other left off.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "base/units.h"

namespace parley {

// Legs whose rooms can change their rate in one tick without a seam; beyond that, rooms change as
// they are, and are counted. 4 KiB of memory for each.
inline constexpr uint32_t kRateChangeLegsMax = 256;

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
    return 2 * sizeof(int16_t) * kFrameSamplesMax * std::min(legs_max, kRateChangeLegsMax);
  }

  // Forgets the tick before.
  void BeginTick() PARLEY_NONBLOCKING { taken_ = 0; }

  // Takes places for `legs` of a room; returns the first, or nothing when there are not as many.
  std::optional<uint32_t> Take(uint32_t legs) PARLEY_NONBLOCKING;

  // A frame of a place: what came from the leg, and what it would have heard at the old rate, both
  // at the rate of its codec. REQUIRES: the place was taken.
  std::span<int16_t> decoded(uint32_t place) { return Frame(decoded_, place); }
  std::span<int16_t> before(uint32_t place) { return Frame(before_, place); }

  // Fades from before(place) to `after`, in place of which the result is.
  // REQUIRES: after.size() <= kFrameSamplesMax.
  void Fade(uint32_t place, std::span<int16_t> after) PARLEY_NONBLOCKING;

 private:
  static std::span<int16_t> Frame(std::vector<int16_t>& frames, uint32_t place);

  uint32_t places_;
  uint32_t taken_ = 0;
  std::vector<int16_t> decoded_;
  std::vector<int16_t> before_;
};

}  // namespace parley
