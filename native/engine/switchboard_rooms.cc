// The part of Switchboard that is about rooms.

#include <algorithm>
#include <span>
#include <vector>

#include "engine/switchboard.h"

namespace parley {
namespace {

bool IsRoomRate(uint32_t rate_hz) {
  return rate_hz == 8000 || rate_hz == 16000 || rate_hz == 48000;
}

bool IsRanking(const layout::OpenRoom& command) {
  if (command.ranked_above == 0) return true;
  return command.talkers_max >= 1 && command.talkers_max <= kTalkersMax;
}

}  // namespace

Outcome Switchboard::Apply(const layout::OpenRoom& command) {
  if (command.room >= limits_.rooms_max || command.phase >= kPhasesPerFrame)
    return Outcome::kRefused;
  if (!IsRoomRate(command.rate_hz) || rooms_[command.room].is_open) return Outcome::kRefused;
  if (!IsRanking(command)) return Outcome::kRefused;
  Room& room = rooms_[command.room];
  std::vector<uint32_t>& rooms = phases_[command.phase].rooms;
  room = {};
  room.is_open = true;
  room.sound.rate_hz = command.rate_hz;
  room.rate_wanted_hz = command.rate_hz;
  room.ranking = {.ranked_above = command.ranked_above,
                  .talkers_max = std::clamp(command.talkers_max, 1u, kTalkersMax)};
  room.phase = command.phase;
  room.place = static_cast<uint32_t>(rooms.size());
  rooms.push_back(command.room);
  ++rooms_open_;
  return Outcome::kDone;
}

Outcome Switchboard::Apply(const layout::SetRoomRate& command) {
  if (command.room >= limits_.rooms_max || !IsRoomRate(command.rate_hz)) return Outcome::kRefused;
  Room& room = rooms_[command.room];
  if (!room.is_open) return Outcome::kRefused;
  room.rate_wanted_hz = command.rate_hz;
  if (room.seat.span == nullptr && !room.is_spread()) GoToWantedRate(command.room);
  return Outcome::kDone;
}

Outcome Switchboard::Apply(const layout::CloseRoom& command) {
  if (command.room >= limits_.rooms_max || !rooms_[command.room].is_open) return Outcome::kRefused;
  Room& room = rooms_[command.room];
  for (const LegList& list : room.legs) {
    while (list.first() != layout::kNone) MoveLeg(list.first(), layout::kNone);
  }
  LeaveSpan(command.room);
  std::vector<uint32_t>& rooms = phases_[room.phase].rooms;
  rooms[room.place] = rooms.back();
  rooms_[rooms.back()].place = room.place;
  rooms.pop_back();
  room.is_open = false;
  --rooms_open_;
  return Outcome::kDone;
}

Outcome Switchboard::Apply(const layout::PlayToRoom& command) {
  if (command.room >= limits_.rooms_max || !rooms_[command.room].is_open) return Outcome::kRefused;
  const bool is_leg = command.except == layout::kNone || command.except < limits_.legs_max;
  if (command.except_member > kSpanMembersMax) return Outcome::kRefused;
  const PlayerRef ref = players_.Find(command.player, command.player_generation);
  if (!is_leg || ref.player == layout::kNone) return Outcome::kRefused;
  Room& room = rooms_[command.room];
  const std::span<RoomPlayer> known = std::span(room.players).first(room.players_count);
  const auto open_end = std::remove_if(known.begin(), known.end(), [&](const RoomPlayer& one) {
    return !players_.IsOpen(one.player);
  });
  room.players_count = static_cast<uint32_t>(open_end - known.begin());
  const bool is_here = std::any_of(known.begin(), open_end,
                                   [&](const RoomPlayer& one) { return one.player == ref; });
  if (is_here || room.players_count == room.players.size()) return Outcome::kRefused;
  RoomPlayer& player = room.players[room.players_count++];
  player = {.player = ref};
  if (command.except_member > 0) {
    player.except = command.except;
    player.except_generation = command.except_generation;
    player.except_member = command.except_member;
    return Outcome::kDone;
  }
  // A leg that has gone need not be spared.
  if (command.except == layout::kNone || !legs_[command.except].in_use) return Outcome::kDone;
  player.except = command.except;
  player.except_generation = legs_[command.except].generation;
  return Outcome::kDone;
}

Outcome Switchboard::Apply(const layout::SpanRoom& command, const TickTime& time) {
  if (command.room >= limits_.rooms_max || !rooms_[command.room].is_open) return Outcome::kRefused;
  Room& room = rooms_[command.room];
  if (command.span == layout::kNone) {
    LeaveSpan(command.room);
    return Outcome::kDone;
  }
  RoomSpan* const* const span = spans_.Find(command.span);
  if (span == nullptr || room.seat.span != nullptr) return Outcome::kRefused;
  if (command.member >= (*span)->members() || limits_.legs_max > (*span)->legs_max()) {
    return Outcome::kRefused;
  }
  const auto turn = static_cast<uint64_t>(time.deadline_ns / kTickNs);
  // No two rooms are one member.
  if ((*span)->IsIn(command.member, kNeverTurn - 1)) return Outcome::kRefused;
  room.seat = {.span = *span, .member = command.member};
  (*span)->Join(command.member, turn);
  ++rooms_spanning_;
  return Outcome::kDone;
}

// A rate that was to come, comes.
void Switchboard::LeaveSpan(uint32_t index) {
  Room& room = rooms_[index];
  if (room.seat.span == nullptr) return;
  room.seat.span->Leave(room.seat.member);
  room.seat = {};
  --rooms_spanning_;
  if (!room.is_spread()) GoToWantedRate(index);
}

void Switchboard::GoToWantedRate(uint32_t index) {
  Room& room = rooms_[index];
  if (room.awaits_rate()) ChangeRate(room, room.rate_wanted_hz);
}

void Switchboard::GoToWantedRates(uint64_t tick) {
  for (const uint32_t index : spread_rooms_) {
    const Room& room = rooms_[index];
    const bool was_mixed = room.phase == tick % kPhasesPerFrame;
    if (was_mixed && room.seat.span == nullptr) GoToWantedRate(index);
  }
}

void Switchboard::ChangeRate(Room& room, uint32_t rate_hz) {
  const bool was_changing = room.is_changing_rate();
  if (!was_changing) {
    room.sound_before = room.sound;
    room.has_seam = false;
  }
  room.sound = RoomSound();
  room.sound.rate_hz = rate_hz;
  room.sound.turn = room.sound_before.turn;
  for (const LegList& list : room.legs) {
    for (uint32_t index = list.first(); index != layout::kNone; index = legs_[index].next) {
      Leg& leg = legs_[index];
      if (!was_changing) leg.path_before = leg.path;
      leg.path = FreshPath(leg, rate_hz);
    }
  }
}

void Switchboard::TakeOut(uint32_t index) {
  ListOf(index).Remove(legs(), index);
  if (legs_[index].offset_ticks == 0) return;
  const uint32_t room_index = legs_[index].room;
  Room& room = rooms_[room_index];
  if (room.legs[0].size() < room.size()) return;
  EndSpread(room);
  if (room.seat.span == nullptr) GoToWantedRate(room_index);
}

uint32_t Switchboard::OffsetFor(uint32_t index) {
  const Room& room = rooms_[index];
  if (room.size() < spreading_.above || (!room.is_spread() && !Spread(index))) return 0;
  // In its own tick all of it is mixed, too: as much work as to serve an eighth.
  std::array<uint32_t, kPhasesPerFrame> loads;
  for (uint32_t offset = 0; offset < loads.size(); ++offset)
    loads[offset] = room.legs[offset].size();
  loads[0] += room.size() / 8;
  return static_cast<uint32_t>(std::ranges::min_element(loads) - loads.begin());
}

bool Switchboard::Spread(uint32_t index) {
  if (kept_free_.empty()) return false;
  rooms_[index].kept = kept_free_.back();
  kept_free_.pop_back();
  spread_rooms_.push_back(index);
  return true;
}

void Switchboard::EndSpread(Room& room) {
  kept_free_.push_back(room.kept);
  room.kept = layout::kNone;
  std::erase_if(spread_rooms_, [this](uint32_t index) { return !rooms_[index].is_spread(); });
}

void Switchboard::Gather(uint32_t index, uint64_t tick) {
  Room& room = rooms_[index];
  for (uint32_t offset = 1; offset < kPhasesPerFrame; ++offset) {
    LegList& list = room.legs[offset];
    while (list.first() != layout::kNone) {
      const uint32_t moved = list.first();
      Leg& leg = legs_[moved];
      list.Remove(legs(), moved);
      // It hears players in another quarter from now on.
      if (leg.is_apart()) streams_.Fork(leg.encoder);
      leg.offset_ticks = 0;
      leg.served_tick = tick;
      room.legs[0].Add(legs(), moved);
    }
  }
  EndSpread(room);
}

}  // namespace parley
