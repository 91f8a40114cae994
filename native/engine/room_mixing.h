// Mixes one room: from the input frames of its legs, and from players, to the output frames of the
// legs, in the arena.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "engine/arena.h"
#include "engine/leg.h"
#include "engine/players.h"
#include "engine/recorders.h"
#include "engine/room.h"
#include "engine/stats.h"
#include "mixer/mixer.h"

namespace parley {

// One thread. Allocates in the constructor only.
class RoomMixing final : private MixExceptions {
 public:
  // `players` and `recorders` must outlive it.
  RoomMixing(const Arena& arena, Players& players, Recorders& recorders);
  RoomMixing(const RoomMixing&) = delete;
  RoomMixing& operator=(const RoomMixing&) = delete;

  // What it takes beyond the object.
  static size_t BytesFor(uint32_t legs_max) {
    return Mixer::BytesFor(legs_max) +
           legs_max * (sizeof(MixLeg) + sizeof(SoundingPlayers) + sizeof(Talker));
  }

  // Mixes the legs `served` of `room`, all of those and no other, once. Says in each leg whether it
  // contributes and which mix class it heard, fills its output frame and level, and gives the turn
  // to those who take the room down. REQUIRES: the
  // input frames and levels of `served` are of this turn, at the room's rate; served_tick == tick.
  void Mix(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, uint64_t tick,
           Stats& stats);

  // The same for a leg outside any room: it hears its players and gives nothing.
  void MixAlone(uint32_t index, Leg& leg, Stats& stats);

  // No room is mixed of more from now on, unless it is never to be ranked.
  void LimitRanking(const RankingConfig& most) { ranking_max_ = most; }

 private:
  void Rank(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, Stats& stats);
  // The room's players that sound, as they are in its mix.
  Mixer::Sounds PlayToRoom(const Room& room, uint32_t room_index, std::span<Leg> legs,
                           uint64_t tick, Stats& stats);
  MixLeg Describe(const Room& room, uint32_t index, std::span<Leg> legs, uint64_t tick);
  void DescribePlayers(uint32_t place, Leg& leg, MixLeg& described);
  void Apply(size_t place, std::span<int32_t> mix) PARLEY_NONBLOCKING override;
  void Deliver(uint32_t place, uint32_t index, Leg& leg, std::span<const int16_t> shared,
               uint8_t shared_level, Stats& stats);
  void DeliverStation(uint32_t player, uint32_t index, Leg& leg, size_t samples, Stats& stats);
  void Silence(uint32_t index, Leg& leg) const;

  Arena arena_;
  Players& players_;
  Recorders& recorders_;
  Mixer mixer_;
  std::vector<MixLeg> mix_legs_;
  // Of the turn being mixed, by the place of the leg in it: players that sound for it alone.
  std::vector<SoundingPlayers> own_players_;
  uint32_t rate_hz_ = 0;
  RankingConfig ranking_max_ = kRankingUnbounded;
  Stats* stats_ = nullptr;
  // Players that sound in the room, their frames, and the place of the leg that does not hear each.
  std::array<std::span<const int16_t>, kRoomPlayersMax> room_sounds_;
  std::array<uint32_t, kRoomPlayersMax> spared_places_{};
  uint32_t room_sounds_count_ = 0;
  alignas(64) std::array<std::array<int16_t, kFrameSamplesMax>, kRoomPlayersMax> room_frames_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> own_frame_;
  std::vector<Talker> talkers_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> shared_;
};

}  // namespace parley
