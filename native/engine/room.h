// What the engine keeps of one mix room.

#pragma once

#include <array>
#include <cstdint>

#include "base/units.h"
#include "engine/leg_list.h"
#include "kernels/resampler.h"
#include "mixer/mixer.h"
#include "mixer/talker_ranking.h"

namespace parley {

inline constexpr uint32_t kRates = 4;

// Place of a sample rate in tables by rate. REQUIRES: IsSampleRate(rate_hz).
constexpr uint32_t RateIndex(uint32_t rate_hz) {
  return rate_hz == 8000 ? 0 : rate_hz == 16000 ? 1 : rate_hz == 24000 ? 2 : 3;
}

// The shared mix of a room brought to the rate of some of its hearers.
struct SharedOutput {
  Resampler resampler;
  uint64_t turn = 0;  // of its room, in which it ran last; 0 for never
};

struct Room {
  bool is_open = false;
  uint32_t rate_hz = 0;
  uint32_t phase = 0;
  uint32_t place = 0;  // among the rooms of its phase
  LegList legs;
  uint64_t turn = 1;  // counts its mixes; begins so that 0 lies before the turn before the first
  RoomMix mix;
  RankingConfig ranking;
  bool was_ranked = false;  // in its last turn
  std::array<SharedOutput, kRates> shared;
};

}  // namespace parley
