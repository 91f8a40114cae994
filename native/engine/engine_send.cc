// The part of Engine that codes and sends what was mixed.

#include <algorithm>

#include "engine/engine.h"

namespace parley {

void Engine::GiveOut(const Batch& batch, const TickTime& time) {
  outgoing_.BeginBatch(tick_);
  const bool is_spread = !batch.rooms.empty() && batch.rooms.front().is_spread();
  if (batch.legs.size() <= kBatchLegs && !is_spread) {
    EncodeBatch(batch);
    phases_.Done(TickPhase::kEncode);
    SendBatch(batch, time);
    phases_.Done(TickPhase::kSend);
    Publish(batch.legs, time);
    phases_.Done(TickPhase::kPublish);
    return;
  }
  GiveOutPieces(batch.rooms.front(), time);
}

// One large room. When it is spread no more, those who would have come later come now.
void Engine::GiveOutPieces(const RoomTurn& turn, const TickTime& time) {
  BeginRoom(turn);
  ListContributors(turn);
  const Room& room = switchboard_.rooms()[turn.room];
  if (room.is_spread()) kept_[room.kept].contributors = contributors_.list();
  const size_t now = room.is_spread() ? turn.now : turn.legs.size();
  for (size_t first = 0; first < now; first += kBatchLegs) {
    const size_t count = std::min<size_t>(kBatchLegs, now - first);
    outgoing_.BeginPiece();
    const size_t next = first + count;
    // Their second pass: by now other legs have taken their place in the cache.
    prefetcher_.Begin(next < now ? turn.legs.subspan(next, std::min<size_t>(kBatchLegs, now - next))
                                 : roster_.After(turn.legs));
    EncodePiece(turn, first, count);
    phases_.Done(TickPhase::kEncode);
    SendPiece(turn.legs.subspan(first, count), time);
    phases_.Done(TickPhase::kSend);
    Publish(turn.legs.subspan(first, count), time);
    phases_.Done(TickPhase::kPublish);
  }
}

void Engine::EncodeBatch(const Batch& batch) {
  for (const RoomTurn& turn : batch.rooms) {
    BeginRoom(turn);
    EncodePiece(turn, 0, turn.legs.size());
  }
  for (const uint32_t index : batch.roomless) {
    Leg& leg = switchboard_.legs()[index];
    outgoing_.EncodeAlone(leg, index % kPhasesPerFrame, switchboard_.FrameRateHz(leg), stats_);
  }
}

void Engine::SendBatch(const Batch& batch, const TickTime& time) {
  for (const RoomTurn& turn : batch.rooms) {
    ListContributors(turn);
    SendPiece(turn.legs, time);
  }
  for (const uint32_t index : batch.roomless) SendLeg(index, {}, false, time);
}

void Engine::ListContributors(const RoomTurn& turn) {
  if (turn.contributors != nullptr) {
    contributors_.Use(*turn.contributors);
  } else {
    contributors_.List(turn.legs, switchboard_.legs());
  }
}

void Engine::BeginRoom(const RoomTurn& turn) {
  Room& room = switchboard_.rooms()[turn.room];
  KeptTurn* const kept = room.is_spread() ? &kept_[room.kept] : nullptr;
  if (kept != nullptr) kept->tick = tick_;
  outgoing_.BeginRoom(room, turn.legs, switchboard_.legs(),
                      kept == nullptr ? nullptr : &kept->resampled);
}

void Engine::EncodePiece(const RoomTurn& turn, size_t first, size_t count) {
  for (size_t leg = 0; leg < count; ++leg) prefetcher_.Step();
  Room& room = switchboard_.rooms()[turn.room];
  const std::span<const uint32_t> piece = turn.legs.subspan(first, count);
  if (room.is_spread()) MixWaiting(room, piece, DueFrame::kNone);
  outgoing_.EncodeRoom(room, piece, switchboard_.legs(), stats_);
}

void Engine::SendPiece(std::span<const uint32_t> piece, const TickTime& time) {
  for (const uint32_t index : piece) {
    prefetcher_.Step();
    const Leg& leg = switchboard_.legs()[index];
    const bool hears_voice = !leg.rtp && contributors_.IsVoiceHeardBy(index, leg);
    SendLeg(index, contributors_.HeardBy(index, leg), hears_voice, time);
  }
}

void Engine::SendLeg(uint32_t index, const MixerSources& sources, bool hears_voice,
                     const TickTime& time) {
  Leg& leg = switchboard_.legs()[index];
  if (leg.rtp) {
    leg.rtp->Send(port_, outgoing_.PacketOf(leg), sources, time, stats_);
  } else {
    leg.frames->Send(outgoing_.FrameOf(leg), hears_voice, stats_);
  }
}

}  // namespace parley
