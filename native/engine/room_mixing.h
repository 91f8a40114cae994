// Mixes one room: from what its legs said, and from players, to what they hear (LegFrames).

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "engine/arena.h"
#include "engine/leg.h"
#include "engine/leg_frames.h"
#include "engine/players.h"
#include "engine/recorders.h"
#include "engine/room.h"
#include "engine/room_span.h"
#include "engine/span_turn.h"
#include "engine/stats.h"
#include "mixer/mixer.h"

namespace parley {

// Frames that other shards have for single legs of this one, kept in a tick: beyond, they are not
// heard.
inline constexpr uint32_t kOwnAsidesMax = 32;

// One thread. Allocates in the constructor only.
class RoomMixing final : private MixExceptions {
 public:
  // All but the limits must outlive it.
  RoomMixing(const EngineLimits& limits, LegFrames& frames, Players& players, Recorders& recorders);
  RoomMixing(const RoomMixing&) = delete;
  RoomMixing& operator=(const RoomMixing&) = delete;

  // What it takes beyond the object.
  static size_t BytesFor(uint32_t legs_max) {
    return Mixer::BytesFor(legs_max) +
           legs_max * (sizeof(MixLeg) + sizeof(SoundingPlayers) + sizeof(Talker)) +
           kOwnAsidesMax * sizeof(OwnAside);
  }

  // Forgets the tick before.
  void BeginTick() {
    kept_places_ = 0;
    kept_asides_ = 0;
  }

  // Mixes the legs `served` of `room`, all of those and no other, once. Says in each leg whether it
  // contributes and which mix class it heard, fills its output frame and level, and gives the turn
  // to those who take the room down. REQUIRES: the input frames and levels of `served` are of this
  // turn, at the room's rate; mixed_tick == tick. Who is apart gives as all do; what it hears is
  // left to MixAlone. Where the room is spread, plain mixes of one's own are left to MixWaiting.
  void Mix(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, uint64_t tick,
           Stats& stats);

  // The same, of all who give something: nobody's rank comes into it, or is changed.
  void MixUnranked(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, uint64_t tick,
                   Stats& stats);

  // Mix for a room that spans shards, in three steps, of which each waits for nothing. First
  // this shard says what it has; once HasIntents, or as far as others have said it, who is mixed is
  // decided and summed; once HasShares, likewise, all of it is mixed. Other rooms may be mixed in
  // between. The share of the second step is published by the caller, who adds the contributors.
  void Intend(Room& room, SpanTurn& turn, std::span<Leg> legs, Stats& stats);
  static bool HasIntents(const Room& room, const SpanTurn& turn);
  SpanShare& Share(Room& room, SpanTurn& turn, std::span<Leg> legs, uint64_t tick, Stats& stats);
  static bool HasShares(const Room& room, const SpanTurn& turn);
  // Returns the contributors of all.
  const ContributorList& MixSpan(Room& room, const SpanTurn& turn, std::span<Leg> legs,
                                 uint64_t tick, Stats& stats);

  // All voices and sounds of the room mixed last.
  std::span<const int32_t> sum() const { return mixer_.sum(FrameSamples(rate_hz_)); }

  // What a leg of a spread room hears, when it is waiting: from the sum of that mix, and what the
  // leg said to it. REQUIRES: leg.path.mix.is_waiting; both frames have their places.
  void MixWaiting(Leg& leg, std::span<const int32_t> sum, Stats& stats);

  // What a leg hears that is outside any room, or apart: its players. `rate_hz`: of its frames.
  void MixAlone(Leg& leg, uint32_t rate_hz, Stats& stats);

  // No room is mixed of more from now on, unless it is never to be ranked.
  void LimitRanking(const RankingConfig& most) { ranking_max_ = most; }

 private:
  // A frame of another shard for one leg here, and whose it is.
  struct OwnAside {
    SpanAside aside;
    uint32_t place = layout::kNone;  // of its leg in the turn, when it is there
  };

  std::span<MixLeg> MixLegs(size_t legs) {
    return std::span(mix_legs_).subspan(first_place_, legs);
  }
  // Notes where each leg is in the turn, and what it heard in the one before.
  static void TakePlaces(std::span<const uint32_t> served, std::span<Leg> legs);
  void Rank(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, Stats& stats);
  // What ranking said of those of `served` who speak to the room, `talkers` in their order.
  void Settle(Room& room, std::span<const uint32_t> served, std::span<const Talker> talkers,
              std::span<Leg> legs, Stats& stats);
  void DescribeAll(const Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                   uint64_t tick);
  void DeliverAll(const Room& room, uint32_t room_index, std::span<const uint32_t> served,
                  std::span<Leg> legs, uint64_t tick, const MixSummary& summary,
                  Mixer::Sounds sounds, Stats& stats);
  void PutTalkers(SpanPart& part, const RoomSpan& span, const SpanTurn& turn, std::span<Leg> legs);
  void PutAsides(const Room& room, SpanPart& part, const SpanTurn& turn, std::span<Leg> legs,
                 Stats& stats);
  // Takes what the others intend, and ranks their talkers with those here.
  void TakeIntents(Room& room, SpanTurn& turn, std::span<Leg> legs, Stats& stats);
  bool TakeIntent(const Room& room, SpanTurn& turn, uint32_t member, size_t& talkers, Stats& stats);
  void PlaceAsides(const Room& room, const SpanTurn& turn, std::span<Leg> legs, uint64_t tick);
  // Adds up the shares of all that are here into the mixer's total.
  MixShare TakeShares(const Room& room, const SpanTurn& turn, std::span<int32_t> total,
                      Stats& stats);
  // The room's players that sound, as they are in its mix.
  Mixer::Sounds PlayToRoom(const Room& room, uint32_t room_index, std::span<Leg> legs,
                           uint64_t tick, Stats& stats);
  MixLeg Describe(const Room& room, uint32_t index, std::span<Leg> legs, uint64_t tick);
  void DescribePlayers(uint32_t place, Leg& leg, MixLeg& described);
  void Apply(size_t place, std::span<int32_t> mix) PARLEY_NONBLOCKING override;
  // True when the leg hears what all do, which is left to the caller.
  bool Deliver(uint32_t place, Leg& leg, size_t samples, Stats& stats);
  void DeliverShared(const Room& room, Leg& leg, std::span<const int16_t> shared, uint32_t& place);
  void DeliverStation(uint32_t player, Leg& leg, size_t samples, Stats& stats);

  LegFrames& frames_;
  Players& players_;
  Recorders& recorders_;
  Mixer mixer_;
  // By the place of a leg in its turn, from first_place_ on: how it is mixed, and players that
  // sound for it alone. Those of rooms that span shards come first and stay for the tick.
  std::vector<MixLeg> mix_legs_;
  std::vector<SoundingPlayers> own_players_;
  size_t first_place_ = 0;
  size_t kept_places_ = 0;
  std::vector<OwnAside> own_asides_;
  std::span<const OwnAside> asides_;  // of the turn being mixed
  uint32_t kept_asides_ = 0;
  uint32_t rate_hz_ = 0;
  LegMix unheard_;  // of those who are apart
  RankingConfig ranking_max_ = kRankingUnbounded;
  Stats* stats_ = nullptr;
  // Players that sound in the room, their frames, and the place of the leg that does not hear each;
  // behind those of this shard, those of others that spare a leg here.
  std::array<std::span<const int16_t>, kRoomPlayersMax + kOwnAsidesMax> room_sounds_;
  std::array<uint32_t, kRoomPlayersMax + kOwnAsidesMax> spared_places_{};
  uint32_t room_sounds_count_ = 0;
  alignas(64) std::array<std::array<int16_t, kFrameSamplesMax>, kRoomPlayersMax> room_frames_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> own_frame_;
  std::vector<Talker> talkers_;
  std::array<SpanIntent, kSpanMembersMax> intents_;  // of the room whose share is made
  SpanShare share_;                                  // of another shard, copied
  ContributorList contributors_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> shared_;
};

}  // namespace parley
