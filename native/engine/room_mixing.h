// Mixes one room: from the input frames of its legs to their output frames, in the arena.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "engine/arena.h"
#include "engine/leg.h"
#include "engine/room.h"
#include "engine/stats.h"
#include "mixer/mixer.h"

namespace parley {

// One thread. Allocates in the constructor only.
class RoomMixing {
 public:
  explicit RoomMixing(const Arena& arena);
  RoomMixing(const RoomMixing&) = delete;
  RoomMixing& operator=(const RoomMixing&) = delete;

  // Mixes the legs `served` of `room`, all of those and no other, once. Says in each leg whether it
  // contributes and which mix class it heard, and fills its output frame and level. REQUIRES: the
  // input frames and levels of `served` are of this turn, at the room's rate; served_tick == tick.
  void Mix(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, uint64_t tick,
           Stats& stats);

  // Fills the output frame of a leg that hears nothing.
  void Silence(uint32_t index, Leg& leg) const;

 private:
  void Rank(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, Stats& stats);
  MixLeg Describe(const Room& room, uint32_t index, std::span<Leg> legs, uint64_t tick);
  void Deliver(uint32_t index, Leg& leg, std::span<const int16_t> shared,
               uint8_t shared_level) const;

  Arena arena_;
  Mixer mixer_;
  std::vector<MixLeg> mix_legs_;
  std::vector<Talker> talkers_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> shared_;
};

}  // namespace parley
