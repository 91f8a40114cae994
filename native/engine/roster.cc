#include "engine/roster.h"

#include <algorithm>
#include <utility>

#include "base/prefetch.h"
#include "base/units.h"

namespace parley {
namespace {

// A leg whose quarter of the frame has changed is not served again before so many ticks: two frames
// in one 5 ms tick would empty its jitter buffer for nothing.
constexpr uint64_t kServeTicksMin = 2;

// So long before its turn a room is fetched, and a leg. 20 ms ago was long ago: nothing of them is
// left in the core's own caches.
constexpr size_t kRoomsAhead = 4;
constexpr size_t kLegsAhead = 12;

}  // namespace

Roster::Roster(const EngineLimits& limits) {
  served_.reserve(limits.legs_max);
  for (std::vector<uint32_t>& before : before_) before.reserve(limits.legs_max);
  rooms_.reserve(limits.rooms_max);
  spans_.reserve(limits.rooms_max);
  slices_.reserve(limits.rooms_max);
}

void Roster::Choose(Switchboard& switchboard, uint64_t tick) {
  const auto phase = static_cast<uint32_t>(tick % kPhasesPerFrame);
  const std::span<Leg> legs = switchboard.legs();
  BeginList(legs, tick);
  rooms_.clear();
  spans_.clear();
  slices_.clear();
  rooms_done_ = 0;
  roomless_done_ = 0;
  ChooseSlices(switchboard, tick);
  const std::span<const uint32_t> in_phase = switchboard.rooms_in(phase);
  for (const uint32_t room : switchboard.rooms_spanning() > 0 ? in_phase : in_phase.first(0)) {
    if (switchboard.rooms()[room].seat.span == nullptr) continue;
    const Chosen chosen = ChooseRoom(switchboard, room, tick);
    spans_.push_back({.room = room, .legs = chosen.legs, .now = chosen.now});
  }
  for (size_t at = 0; at < in_phase.size(); ++at) {
    if (at + kRoomsAhead < in_phase.size()) {
      const Room& room = switchboard.rooms()[in_phase[at + kRoomsAhead]];
      PrefetchUpTo(&room, &room.sound);
    }
    const uint32_t room = in_phase[at];
    if (switchboard.rooms()[room].seat.span != nullptr) continue;
    const Chosen chosen = ChooseRoom(switchboard, room, tick);
    if (chosen.legs.empty()) continue;
    rooms_.push_back({.room = room, .legs = chosen.legs, .now = chosen.now});
  }
  roomless_ = Due(switchboard.roomless_in(phase), legs, tick);
}

void Roster::BeginList(std::span<const Leg> legs, uint64_t tick) {
  std::swap(served_, before_[phase_]);
  served_.clear();
  phase_ = static_cast<uint32_t>(tick % kPhasesPerFrame);
  const std::span<const uint32_t> before = before_[phase_];
  for (const uint32_t leg : before.first(std::min(kLegsAhead, before.size()))) {
    Prefetch(&legs[leg], 1);
  }
}

void Roster::List(std::span<const Leg> legs, uint32_t leg) {
  const std::span<const uint32_t> before = before_[phase_];
  const size_t ahead = served_.size() + kLegsAhead;
  if (ahead < before.size()) Prefetch(&legs[before[ahead]], 1);
  served_.push_back(leg);
}

void Roster::ChooseSlices(Switchboard& switchboard, uint64_t tick) {
  for (const uint32_t index : switchboard.spread_rooms()) {
    const Room& room = switchboard.rooms()[index];
    const auto offset = static_cast<uint32_t>((tick - room.phase) % kPhasesPerFrame);
    if (offset == 0) continue;
    const std::span<const uint32_t> due = Due(room.legs[offset], switchboard.legs(), tick);
    if (!due.empty()) slices_.push_back({.room = index, .legs = due});
  }
}

Roster::Chosen Roster::ChooseRoom(Switchboard& switchboard, uint32_t index, uint64_t tick) {
  const Room& room = switchboard.rooms()[index];
  const std::span<Leg> legs = switchboard.legs();
  const size_t begin = served_.size();
  const size_t now = Due(room.legs[0], legs, tick).size();
  if (room.is_spread()) {
    for (uint32_t offset = 1; offset < kPhasesPerFrame; ++offset) {
      const LegList& list = room.legs[offset];
      for (uint32_t leg = list.first(); leg != layout::kNone; leg = legs[leg].next) {
        legs[leg].mixed_tick = tick;
        List(legs, leg);
      }
    }
    const bool is_small = room.size() < switchboard.spreading().gather_below;
    if (is_small && !room.awaits_rate()) switchboard.Gather(index, tick);
  }
  return {.legs = std::span(served_).subspan(begin), .now = now};
}

std::span<const uint32_t> Roster::Due(const LegList& list, std::span<Leg> legs, uint64_t tick) {
  const size_t begin = served_.size();
  for (uint32_t index = list.first(); index != layout::kNone; index = legs[index].next) {
    Leg& leg = legs[index];
    if (leg.served_tick != kNeverServed && tick - leg.served_tick < kServeTicksMin) continue;
    leg.served_tick = tick;
    leg.mixed_tick = tick;
    List(legs, index);
  }
  return std::span(served_).subspan(begin);
}

std::span<const uint32_t> Roster::After(std::span<const uint32_t> legs) const {
  if (legs.empty()) return {};
  const auto end = static_cast<size_t>(legs.data() + legs.size() - served_.data());
  return std::span(served_).subspan(end, std::min<size_t>(kBatchLegs, served_.size() - end));
}

std::optional<Batch> Roster::NextBatch() {
  if (rooms_done_ < rooms_.size()) {
    const size_t first = rooms_done_;
    // Rooms follow each other in served_, so their legs are one piece of it.
    size_t count = 0;
    do {
      count += rooms_[rooms_done_++].legs.size();
    } while (rooms_done_ < rooms_.size() && !rooms_[first].is_spread() &&
             !rooms_[rooms_done_].is_spread() &&
             count + rooms_[rooms_done_].legs.size() <= kBatchLegs);
    const std::span<RoomTurn> rooms = std::span(rooms_).subspan(first, rooms_done_ - first);
    return Batch{.rooms = rooms, .legs = {rooms.front().legs.data(), count}, .roomless = {}};
  }
  if (roomless_done_ == roomless_.size()) return std::nullopt;
  const size_t count = std::min<size_t>(kBatchLegs, roomless_.size() - roomless_done_);
  const std::span<const uint32_t> legs = roomless_.subspan(roomless_done_, count);
  roomless_done_ += count;
  return Batch{.rooms = {}, .legs = legs, .roomless = legs};
}

}  // namespace parley
