// The part of Engine that goes through the turns of rooms which span shards, and so ends a tick.

#include "engine/engine.h"

namespace parley {

void Engine::IntendSpans(const TickTime& time) {
  for (SpanTurn& turn : roster_.spans()) {
    Room& room = switchboard_.rooms()[turn.room];
    // The other shards would have to be mixed with twice.
    if (room.is_changing_rate()) {
      ++stats_->room_rates_changed_abruptly;
      room.sound_before.rate_hz = 0;
    }
    RoomTurn whole = {.room = turn.room, .legs = turn.legs};
    TakeIn({.rooms = std::span(&whole, 1), .legs = turn.legs, .roomless = {}}, time);
    turn.turn = static_cast<uint64_t>(time.deadline_ns / kTickNs);
    mixing_.Intend(room, turn, switchboard_.legs(), stats_);
    turn.stage = SpanTurn::Stage::kIntended;
  }
}

void Engine::ShareSpans(Patience patience) {
  for (SpanTurn& turn : roster_.spans()) {
    if (turn.stage != SpanTurn::Stage::kIntended) continue;
    Room& room = switchboard_.rooms()[turn.room];
    if (patience == Patience::kWait && !RoomMixing::HasIntents(room, turn)) continue;
    SpanShare& share = mixing_.Share(room, turn, switchboard_.legs(), tick_, stats_);
    share.contributors = Contributors::Of(turn.legs, switchboard_.legs());
    room.seat.span->PublishShare(room.seat.member, turn.turn);
    turn.stage = SpanTurn::Stage::kShared;
  }
}

bool Engine::MixSpans(Patience patience) {
  bool is_done = true;
  for (SpanTurn& turn : roster_.spans()) {
    if (turn.stage == SpanTurn::Stage::kDone) continue;
    Room& room = switchboard_.rooms()[turn.room];
    const bool is_shared = turn.stage == SpanTurn::Stage::kShared;
    const bool is_due = patience == Patience::kFinish || RoomMixing::HasShares(room, turn);
    if (!is_shared || !is_due) {
      is_done = false;
      continue;
    }
    const ContributorList& contributors =
        mixing_.MixSpan(room, turn, switchboard_.legs(), tick_, stats_);
    RoomTurn whole = {.room = turn.room, .legs = turn.legs, .contributors = &contributors};
    GiveOut({.rooms = std::span(&whole, 1), .legs = turn.legs, .roomless = {}}, time_);
    turn.stage = SpanTurn::Stage::kDone;
  }
  return is_done;
}

void Engine::EndTick() {
  for (const SpanTurn& turn : roster_.spans()) {
    if (turn.is_rate_agreed) switchboard_.GoToWantedRate(turn.room);
  }
  recorders_.EndTick(tick_, stats_);
  CloseLegs(time_);
  PublishShard();
  ++tick_;
  is_under_way_ = false;
}

bool Engine::Resume(Patience patience) {
  if (!is_under_way_) return true;
  ShareSpans(patience);
  if (!MixSpans(patience)) return false;
  EndTick();
  return true;
}

}  // namespace parley
