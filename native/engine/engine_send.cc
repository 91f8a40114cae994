// The part of Engine that codes and sends what was mixed.

#include <algorithm>

#include "engine/engine.h"

namespace parley {

void Engine::GiveOut(const Batch& batch, const TickTime& time) {
  outgoing_.BeginBatch(tick_);
  if (batch.legs.size() <= kBatchLegs) {
    EncodeBatch(batch);
    phases_.Done(TickPhase::kEncode);
    SendBatch(batch, time);
    phases_.Done(TickPhase::kSend);
    Publish(batch.legs, time);
    phases_.Done(TickPhase::kPublish);
    return;
  }
  // One large room.
  const RoomTurn& turn = batch.rooms.front();
  BeginRoom(turn);
  ListContributors(turn);
  for (size_t first = 0; first < turn.legs.size(); first += kBatchLegs) {
    const size_t count = std::min<size_t>(kBatchLegs, turn.legs.size() - first);
    outgoing_.BeginPiece();
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
    outgoing_.EncodeRoomless(index, switchboard_.legs()[index], stats_);
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
  if (turn.change) {
    outgoing_.BeginFaded(room, turn.legs, switchboard_.legs());
  } else {
    outgoing_.BeginRoom(room, turn.legs, switchboard_.legs());
  }
  room.sound_before.rate_hz = 0;
}

void Engine::EncodePiece(const RoomTurn& turn, size_t first, size_t count) {
  Room& room = switchboard_.rooms()[turn.room];
  const std::span<const uint32_t> piece = turn.legs.subspan(first, count);
  if (turn.change) {
    outgoing_.EncodeFaded(room, piece, switchboard_.legs(), change_,
                          *turn.change + static_cast<uint32_t>(first), stats_);
  } else {
    outgoing_.EncodeRoom(room, piece, switchboard_.legs(), stats_);
  }
}

void Engine::SendPiece(std::span<const uint32_t> piece, const TickTime& time) {
  for (const uint32_t index : piece) {
    const Leg& leg = switchboard_.legs()[index];
    const bool hears_voice = leg.frames && contributors_.IsVoiceHeardBy(index, leg);
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
