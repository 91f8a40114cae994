// What the engine keeps of one mix room.

#pragma once

#include <array>
#include <cstdint>

#include "base/units.h"
#include "engine/layout.generated.h"
#include "engine/leg_list.h"
#include "engine/players.h"
#include "engine/rates.h"
#include "engine/shared_streams.h"
#include "kernels/resampler.h"
#include "mixer/mixer.h"
#include "mixer/talker_ranking.h"

namespace parley {

class RoomSpan;

// The shared mix of a room brought to the rate of some of its hearers.
struct SharedOutput {
  Resampler resampler;
  uint64_t turn = 0;                      // of its room, in which it ran last; 0 for never
  uint32_t frame_before = layout::kNone;  // place in RateChange of what it fades from
};

// What a room remembers of its mix from turn to turn at one rate. A plain value.
struct RoomSound {
  uint32_t rate_hz = 0;
  uint64_t turn = 1;  // counts its mixes; begins so that 0 lies before the turn before the first
  RoomMix mix;
  uint64_t faded_turn = 0;  // its first, when that fades from the sound before; 0: none
  std::array<SharedOutput, kRates> shared;

  bool fades() const { return faded_turn == turn; }
};

// Players that speak in a room at a time.
inline constexpr uint32_t kRoomPlayersMax = 8;

// Speaks in a room, to all who hear it but one leg.
struct RoomPlayer {
  PlayerRef player;
  uint32_t except = layout::kNone;
  uint32_t except_generation = 0;  // so that a later leg in the slot hears it
  uint32_t except_member = 0;      // of the room's span, plus 1; 0: the leg is of this shard
};

// Its place in a room that spans shards.
struct RoomSeat {
  RoomSpan* span = nullptr;  // null: it is a room of its own
  uint32_t member = 0;
};

struct Room {
  bool is_open = false;
  uint32_t phase = 0;
  uint32_t place = 0;  // among the rooms of its phase
  // By the ticks after its own in which they are served: all in the first, unless it is spread.
  std::array<LegList, kPhasesPerFrame> legs;
  uint32_t kept = layout::kNone;  // while it is spread, where its last turn is kept (KeptTurn)
  std::array<RoomPlayer, kRoomPlayersMax> players;
  uint32_t players_count = 0;  // of these; closed ones are let go when another comes
  RankingConfig ranking;
  bool was_ranked = false;  // in its last turn
  SharedStream stream;      // its shared mix, at whatever rate
  RoomSeat seat;
  // Comes behind its turn where it is spread; where it spans shards, when all members want it.
  uint32_t rate_wanted_hz = 0;
  RoomSound sound;
  // At the rate of before, from a change to the end of the next turn; its rate is 0 otherwise.
  RoomSound sound_before;
  bool has_seam = false;  // this change has: there was no place for all of it

  bool is_changing_rate() const { return sound_before.rate_hz != 0; }
  // The other shards of a span would have to be mixed with twice.
  bool is_fading() const { return is_changing_rate() && seat.span == nullptr; }
  bool awaits_rate() const { return rate_wanted_hz != sound.rate_hz; }
  bool is_spread() const { return kept != layout::kNone; }
  uint32_t size() const {
    return legs[0].size() + legs[1].size() + legs[2].size() + legs[3].size();
  }
};

}  // namespace parley
