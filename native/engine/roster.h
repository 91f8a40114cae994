// Who is served in a tick, in batches that go through the phases together.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "base/units.h"
#include "engine/arena.h"
#include "engine/contributor_list.h"
#include "engine/leg_list.h"
#include "engine/span_turn.h"
#include "engine/switchboard.h"

namespace parley {

// Legs of a batch, unless one room has more: what they touch, some 10 KiB each with what the kernel
// keeps of their sockets, stays in a core's second-level cache.
inline constexpr uint32_t kBatchLegs = layout::kBatchLegs;

// A room served in this tick, with those of its legs that are.
struct RoomTurn {
  uint32_t room;
  std::span<const uint32_t> legs;
  // The first of these, taken in in this tick. Of a spread room, the others were before.
  size_t now = 0;
  const ContributorList* contributors = nullptr;  // found already, where the room spans shards

  bool is_spread() const { return now < legs.size(); }
};

// Legs of a spread room that are served in this tick, after the room's.
struct SliceTurn {
  uint32_t room;
  std::span<const uint32_t> legs;
};

// Whole rooms, one spread room, or legs outside any room.
struct Batch {
  std::span<RoomTurn> rooms;
  std::span<const uint32_t> legs;
  std::span<const uint32_t> roomless;  // all of `legs`, or none
};

// One thread. Allocates in the constructor only; real-time safe afterwards.
class Roster {
 public:
  explicit Roster(const EngineLimits& limits);
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // What it takes beyond the object.
  static size_t BytesFor(const EngineLimits& limits) {
    return (1 + kPhasesPerFrame) * limits.legs_max * sizeof(uint32_t) +
           limits.rooms_max * (sizeof(RoomTurn) + sizeof(SpanTurn) + sizeof(SliceTurn));
  }

  // Chooses who is served in tick number `tick`: the rooms of its quarter, then the legs outside
  // any. Each leg chosen is marked with the tick. Rooms that span shards are in no batch: with legs
  // or without, they are in spans(). In slices() are legs of spread rooms of other quarters. A
  // spread room of this one that has become small is gathered.
  void Choose(Switchboard& switchboard, uint64_t tick) PARLEY_NONBLOCKING;

  // The next of them; nothing when all have been handed out. Valid until Choose.
  std::optional<Batch> NextBatch() PARLEY_NONBLOCKING;

  // Those who are served after `legs`, a batch of them at most. REQUIRES: `legs` are of this tick.
  std::span<const uint32_t> After(std::span<const uint32_t> legs) const PARLEY_NONBLOCKING;

  std::span<SpanTurn> spans() { return spans_; }
  std::span<const SliceTurn> slices() const { return slices_; }

 private:
  // Legs of a room's turn, and how many of them are served in this tick.
  struct Chosen {
    std::span<const uint32_t> legs;
    size_t now;
  };
  Chosen ChooseRoom(Switchboard& switchboard, uint32_t room, uint64_t tick);
  // Begins the list of those served in `tick`, and keeps that of the tick before.
  void BeginList(std::span<const Leg> legs, uint64_t tick);
  void List(std::span<const Leg> legs, uint32_t leg);
  void ChooseSlices(Switchboard& switchboard, uint64_t tick);
  // The legs of `list` that are due.
  std::span<const uint32_t> Due(const LegList& list, std::span<Leg> legs, uint64_t tick);

  // Of slices; of the rooms that span shards; of those that are in batches, one after the other; of
  // the roomless.
  std::vector<uint32_t> served_;
  // Likewise of the last tick of each quarter, but the one of served_: most are served again, in
  // the same order, so a leg is fetched before the list that it is in has come to it.
  std::array<std::vector<uint32_t>, kPhasesPerFrame> before_;
  uint32_t phase_ = 0;  // of served_
  std::vector<SpanTurn> spans_;
  std::vector<SliceTurn> slices_;
  std::vector<RoomTurn> rooms_;
  std::span<const uint32_t> roomless_;
  // Of both, what has been handed out.
  size_t rooms_done_ = 0;
  size_t roomless_done_ = 0;
};

}  // namespace parley
