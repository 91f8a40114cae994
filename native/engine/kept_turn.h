// Rooms whose legs are served in all four ticks of a frame (ADR 0029), and what such a room keeps
// of its turn until the last of them has been sent what it heard.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/units.h"
#include "engine/contributor_list.h"
#include "engine/rates.h"

namespace parley {

// A leg that comes to a room of `above` legs or more, which take a tick a millisecond, is served up
// to three ticks after the room. With fewer than `gather_below` left, all are served with it again.
struct Spreading {
  uint32_t above = 128;
  uint32_t gather_below = 64;  // at least 1
};

// Of a shard at a time: each has `gather_below` legs or more, but for a frame or two. A room for
// which there is no place is not spread.
constexpr uint32_t SpreadRoomsMax(uint32_t legs_max, const Spreading& spreading = {}) {
  return legs_max / spreading.gather_below;
}

// A shared mix at the rates of those who hear it, each made once a turn.
class ResampledMix {
 public:
  // Begins a turn.
  void Clear() { is_made_ = {}; }
  bool is_made(uint32_t rate_hz) const { return is_made_[RateIndex(rate_hz)]; }
  void NoteMade(uint32_t rate_hz) { is_made_[RateIndex(rate_hz)] = true; }

  // As many samples as a frame of this rate has.
  std::span<int16_t> frame(uint32_t rate_hz) {
    return std::span(samples_).subspan(SamplesBelow(rate_hz), FrameSamples(rate_hz));
  }

 private:
  std::array<int16_t, SamplesBelow(UINT32_MAX)> samples_;
  std::array<bool, kRates> is_made_ = {};
};

struct KeptTurn {
  // All voices, of which each listener's own is still to be subtracted; and what all others hear.
  std::array<int32_t, kFrameSamplesMax> sum;
  std::array<int16_t, kFrameSamplesMax> shared;
  ResampledMix resampled;
  ContributorList contributors;
  uint64_t tick = 0;
};

}  // namespace parley
