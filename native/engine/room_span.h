// Where the shards that one room spans show each other what they have of it, turn by turn, so that
// each mixes exactly what one shard would. Prose: docs/tick.md, ADR 0022.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/id_table.h"
#include "base/realtime.h"
#include "base/units.h"
#include "engine/contributor_list.h"
#include "engine/layout.generated.h"
#include "mixer/limiter.h"
#include "mixer/mixer.h"
#include "mixer/talker_ranking.h"

namespace parley {

inline constexpr uint32_t kSpanMembersMax = layout::kSpanMembersMax;

// Frames in a part that are for single legs of other shards: the sounds that each player of the
// room spares somebody, and sixteen whispers.
inline constexpr uint32_t kSpanSparedMax = 8;
inline constexpr uint32_t kSpanAsidesMax = kSpanSparedMax + 16;

// Turns are named by the tick of the monotonic clock in which they are due, the same on all shards:
// deadline_ns / kTickNs. This one never comes.
inline constexpr uint64_t kNeverTurn = UINT64_MAX;

// Somebody who gives a frame to the room, as all shards rank it.
struct SpanTalker {
  TalkerRank rank;  // before the turn
  uint8_t level_dbov = 127;
  uint8_t noise_dbov = 127;
};

// A frame for one leg of another shard. A plain value.
struct SpanAside {
  uint32_t member = 0;
  uint32_t leg = 0;
  uint32_t generation = 0;
  bool is_spared =
      false;  // it is in the room's sum, and taken out of it for the leg; else a whisper
  std::array<int16_t, kFrameSamplesMax> frame;
};

// What a member says of a turn before it has heard of the others.
struct SpanIntent {
  uint32_t rate_hz = 0;
  uint32_t rate_wanted_hz = 0;
  RankingConfig ranking;
  bool was_ranked = false;
  RoomMix mix;  // before the turn
  uint32_t talkers = 0;
  uint32_t asides = 0;
};

// What it says once it knows who is mixed.
struct SpanShare {
  uint32_t shared_listeners = 0;
  // Of the first of them, when it heard a mix of its own in the turn before.
  std::optional<Limiter> seed;
  ContributorList contributors;
  alignas(64) std::array<int32_t, kFrameSamplesMax> sum;
};

// One turn of one member.
struct SpanPart {
  SpanIntent intent;
  std::unique_ptr<SpanTalker[]> talkers;
  std::array<SpanAside, kSpanAsidesMax> asides;
  SpanShare share;
};

// The shared memory of one room, made by the control thread and taken at once. Each member is one
// engine thread, which alone writes what is its own; any other member reads that. No locks and no
// waiting: who finds that something is not there yet asks again. Real-time safe.
//
// Invariant: a part that Copy returned true for is of the turn asked for, wholly.
class RoomSpan {
 public:
  // REQUIRES: 2 <= members <= kSpanMembersMax. `legs_max`: of each member.
  RoomSpan(uint32_t members, uint32_t legs_max);
  RoomSpan(const RoomSpan&) = delete;
  RoomSpan& operator=(const RoomSpan&) = delete;

  uint32_t members() const { return static_cast<uint32_t>(members_.size()); }
  uint32_t legs_max() const { return legs_max_; }

  // The member is in all turns from `turn` on; in none. Leave may also be called by the control
  // thread, for an engine that runs no more.
  void Join(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;
  void Leave(uint32_t member) const PARLEY_NONBLOCKING;
  bool IsIn(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;

  // A member's own part of `turn`, to be filled and published in two steps; what it said two turns
  // ago is gone.
  SpanPart& Begin(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;
  // `legs`: it has in the room.
  void PublishIntent(uint32_t member, uint64_t turn, uint32_t legs) const PARLEY_NONBLOCKING;
  void PublishShare(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;
  // The same again. REQUIRES: Begin was called for `turn` last.
  SpanPart& Own(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;

  bool HasIntent(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;
  bool HasShare(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;
  // What a member published, to be copied: good if HasIntent or HasShare is true before, and
  // IsStill after. (It is overwritten two turns later, if its reader stood still meanwhile.)
  const SpanPart& Of(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;
  bool IsStill(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;

  // Legs that a member has in the room, as it said last; 0 when it is not in `turn`.
  uint32_t LegsOf(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING;

  // Where a member ranks the talkers of all: members() * legs_max() places.
  std::span<Talker> Talkers(uint32_t member) const { return members_[member]->talkers; }
  std::span<TalkerRank> Ranks(uint32_t member) const { return members_[member]->ranks; }

 private:
  // Turns that are kept of each member: those that take their time read the one while the other is
  // written.
  static constexpr uint32_t kTurnsKept = 2;

  struct Kept {
    // Turn of what was published; kNeverTurn while it is written.
    alignas(64) std::atomic<uint64_t> intent_turn{kNeverTurn};
    std::atomic<uint64_t> share_turn{kNeverTurn};
    alignas(64) SpanPart part;
  };

  struct alignas(64) Member {
    std::atomic<uint64_t> in_from{kNeverTurn};
    std::atomic<uint32_t> legs{0};
    std::array<Kept, kTurnsKept> kept;
    std::vector<Talker> talkers;
    std::vector<TalkerRank> ranks;
  };

  Kept& At(uint32_t member, uint64_t turn) const {
    return members_[member]->kept[turn / kPhasesPerFrame % kTurnsKept];
  }

  uint32_t legs_max_;
  std::vector<std::unique_ptr<Member>> members_;
};

// Spans of the process at a time: rooms too large for one shard are few.
inline constexpr uint32_t kSpansMax = 256;

// How spans pass from the control thread to the engines. An engine is done with one when it has
// applied that its room is no member any more, or is closed.
class SpanTable : public IdTable<RoomSpan*> {
 public:
  using IdTable::IdTable;

  // The table of the process, as ClipTable::OfProcess.
  static SpanTable& OfProcess();
};

}  // namespace parley
