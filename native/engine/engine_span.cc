// The part of Engine that goes through the turns of rooms which span shards, and so ends a tick.

#include "engine/engine.h"

namespace parley {

void Engine::IntendSpans(const TickTime& time) {
  for (SpanTurn& turn : roster_.spans()) {
    Room& room = switchboard_.rooms()[turn.room];
    if (room.is_changing_rate()) {
      ++stats_->room_rates_changed_abruptly;
      room.sound_before.rate_hz = 0;
    }
    RoomTurn whole = {.room = turn.room, .legs = turn.legs, .now = turn.now};
    TakeIn({.rooms = std::span(&whole, 1), .legs = turn.legs, .roomless = {}}, time);
    turn.turn = static_cast<uint64_t>(time.deadline_ns / kTickNs);
    mixing_.Intend(room, turn, switchboard_.legs(), stats_);
    phases_.Done(TickPhase::kMix);
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
    phases_.Done(TickPhase::kMix);
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
    if (room.is_spread()) KeepSum(room);
    phases_.Done(TickPhase::kMix);
    RoomTurn whole = {
        .room = turn.room, .legs = turn.legs, .now = turn.now, .contributors = &contributors};
    GiveOut({.rooms = std::span(&whole, 1), .legs = turn.legs, .roomless = {}}, time_);
    turn.stage = SpanTurn::Stage::kDone;
  }
  return is_done;
}

void Engine::EndTick() {
  for (const SpanTurn& turn : roster_.spans()) {
    if (turn.is_rate_agreed) switchboard_.GoToWantedRate(turn.room);
  }
  switchboard_.GoToWantedRates(tick_);
  recorders_.EndTick(tick_, static_cast<uint32_t>(time_.deadline_ns / kFrameNs), stats_);
  CloseLegs(time_);
  phases_.Done(TickPhase::kPublish);
  if (phases_.measures()) stats_.RecordPhases(phases_.spent_ns());
  PublishShard();
  ++tick_;
  is_under_way_ = false;
}

void Engine::PublishShard() {
  stats_->legs = switchboard_.legs_open();
  stats_->rooms = switchboard_.rooms_open();
  stats_->rooms_spanning = switchboard_.rooms_spanning();
  stats_->players = switchboard_.players().open();
  stats_->recorders = recorders_.open();
  const auto in = [&](layout::Codec codec) { return switchboard_.legs_open(codec); };
  stats_->legs_g711 = in(layout::Codec::kPcmu) + in(layout::Codec::kPcma);
  stats_->legs_linear = in(layout::Codec::kL16) + in(layout::Codec::kLinear16);
  stats_->legs_g722 = in(layout::Codec::kG722);
  stats_->legs_opus = in(layout::Codec::kOpus);
  const SharingCounts& sharing = switchboard_.streams().counts();
  stats_->encoders_forked = sharing.forks;
  stats_->encoders_rejoined = sharing.rejoins;
  stats_->encoder_join_frames = sharing.join_frames;
  stats_->shared_encoders = sharing.groups;
  stats_->shared_encoders_full = sharing.full;
  stats_.Publish();
}

bool Engine::Resume(Patience patience) {
  if (!is_under_way_) return true;
  phases_.GoOn();
  ShareSpans(patience);
  if (!MixSpans(patience)) return false;
  EndTick();
  return true;
}

}  // namespace parley
