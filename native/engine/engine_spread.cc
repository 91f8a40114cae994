// The part of Engine for spread rooms, whose legs are served in all four ticks of a frame.

#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace parley {
namespace {

// Has come since its room was mixed, and is to be coded from its first frame on as what all hear
// is: silence is another stream.
bool AwaitsMix(const Leg& leg) {
  const bool is_coded_alike = !IsStateless(leg.format.codec) && !HasPlayers(leg.players);
  return !leg.is_apart() && leg.encoder.is_new && is_coded_alike;
}

}  // namespace

void Engine::TakeInSpread(const RoomTurn& turn, const TickTime& time) {
  TakeInPieces(turn.legs.first(turn.now), time);
  for (const uint32_t index : turn.legs.subspan(turn.now)) ReadyInput(index);
  phases_.Done(TickPhase::kMix);
}

// What was taken in before the tick of the room, as that needs it: nothing of what was said under
// another route.
void Engine::ReadyInput(uint32_t index) {
  Leg& leg = switchboard_.legs()[index];
  leg.said_place = LegFrames::OwnPlace(index);
  if (std::exchange(leg.is_taken_in, false)) return;
  leg.input_is_zero = true;
  leg.input_level_dbov = kSilenceDbov;
  leg.frame_before = layout::kNone;
  leg.input_level_before_dbov = kSilenceDbov;
}

void Engine::KeepSum(const Room& room) {
  std::ranges::copy(mixing_.sum(), kept_[room.kept].sum.begin());
}

// What was left of the mix of a spread room: T less the voice of one, where that still lies. Legs
// of a piece have what they hear in the same few places, one piece after the other.
void Engine::MixWaiting(const Room& room, std::span<const uint32_t> piece, DueFrame due) {
  const auto sum = std::span(kept_[room.kept].sum).first(FrameSamples(room.sound.rate_hz));
  for (size_t at = 0; at < piece.size(); ++at) {
    Leg& leg = switchboard_.legs()[piece[at]];
    if (leg.due != due || !leg.path.mix.is_waiting) continue;
    leg.heard_place = LegFrames::BatchPlace(at);
    mixing_.MixWaiting(leg, sum, stats_);
  }
  phases_.Done(TickPhase::kMix);
}

void Engine::ServeSlice(const SliceTurn& slice, const TickTime& time) {
  Room& room = switchboard_.rooms()[slice.room];
  outgoing_.GoOn(kept_[room.kept]);
  contributors_.Use(kept_[room.kept].contributors);
  for (size_t first = 0; first < slice.legs.size(); first += kBatchLegs) {
    const size_t count = std::min<size_t>(kBatchLegs, slice.legs.size() - first);
    const std::span<const uint32_t> piece = slice.legs.subspan(first, count);
    outgoing_.BeginPiece();
    GiveMixed(room, piece, time);
    GiveApart(piece, time);
    TakeInPieces(piece, time);
    for (const uint32_t index : piece) {
      Leg& leg = switchboard_.legs()[index];
      leg.due = DueFrame::kNone;
      leg.is_taken_in = true;
    }
    Publish(piece, time);
    phases_.Done(TickPhase::kPublish);
  }
}

// Those of `legs` that are due what was mixed. When the room's rate has changed since, everything
// of that mix is still there.
void Engine::GiveMixed(Room& room, std::span<const uint32_t> legs, const TickTime& time) {
  const std::span<Leg> all = switchboard_.legs();
  const bool is_of_before = room.is_changing_rate();
  if (is_of_before) SwapRates(room, legs);
  MixWaiting(room, legs, DueFrame::kMixed);
  outgoing_.AtTick(kept_[room.kept].tick);
  for (const uint32_t index : legs) {
    prefetcher_.Step();
    if (all[index].due == DueFrame::kMixed) {
      outgoing_.EncodeRoom(room, std::span(&index, 1), all, stats_);
    }
  }
  if (is_of_before) SwapRates(room, legs);
  phases_.Done(TickPhase::kEncode);
  for (const uint32_t index : legs) {
    if (all[index].due == DueFrame::kMixed) SendPiece(std::span(&index, 1), time);
  }
  phases_.Done(TickPhase::kSend);
}

// Those of `piece` that hear nothing of the room, or have come to it since it was mixed: players,
// or silence.
void Engine::GiveApart(std::span<const uint32_t> piece, const TickTime& time) {
  outgoing_.AtTick(tick_);
  for (size_t at = 0; at < piece.size(); ++at) {
    const uint32_t index = piece[at];
    Leg& leg = switchboard_.legs()[index];
    if (leg.due != DueFrame::kNone || AwaitsMix(leg)) continue;
    leg.heard_place = LegFrames::BatchPlace(at);
    const Room& room = switchboard_.rooms()[leg.room];
    mixing_.MixAlone(leg, room.sound.rate_hz, stats_);
    if (leg.path.mix.mix_class == MixClass::kOwn) leg.path.private_turn = room.sound.turn;
    outgoing_.EncodeAlone(leg, static_cast<uint32_t>(tick_ % kPhasesPerFrame), room.sound.rate_hz,
                          stats_);
    SendLeg(index, {}, false, time);
  }
  phases_.Done(TickPhase::kSend);
}

// What a leg is due is sent before a command changes what it hears: a little early, but whole.
void Engine::GiveEarly(uint32_t index, const TickTime& time) {
  Leg& leg = switchboard_.legs()[index];
  Room& room = switchboard_.rooms()[leg.room];
  outgoing_.GoOn(kept_[room.kept]);
  contributors_.Use(kept_[room.kept].contributors);
  GiveMixed(room, std::span(&index, 1), time);
  leg.due = DueFrame::kGiven;
}

Outcome Engine::Apply(const layout::RouteLeg& command, const TickTime& time) {
  const uint32_t index = command.header.leg;
  if (switchboard_.IsDue(command.header)) {
    const Leg& leg = switchboard_.legs()[index];
    const bool is_played = HasPlayers(leg.players) || command.player != layout::kNone ||
                           command.player_beside != layout::kNone;
    const bool is_heard_alike =
        command.room == leg.room && !is_played && command.hears == static_cast<uint32_t>(leg.hears);
    if (!is_heard_alike) GiveEarly(index, time);
  }
  return switchboard_.Apply(command);
}

Outcome Engine::Apply(const layout::UpdateLeg& command, const TickTime& time) {
  if (switchboard_.IsDue(command.header)) GiveEarly(command.header.leg, time);
  return switchboard_.Apply(command, time);
}

void Engine::GiveUpTicks(uint32_t ticks) {
  const std::span<Leg> legs = switchboard_.legs();
  // Ticks of a phase among the next `ticks`.
  const auto frames_in = [this, ticks](uint32_t phase) {
    const uint64_t until_first = (phase - tick_) % kPhasesPerFrame;
    return static_cast<uint32_t>((ticks + kPhasesPerFrame - 1 - until_first) / kPhasesPerFrame);
  };
  const auto skip = [legs](const LegList& list, uint32_t frames) {
    for (uint32_t index = list.first(); index != layout::kNone; index = legs[index].next) {
      if (legs[index].rtp) legs[index].rtp->SkipFrames(frames);
      // What was taken in, or was to be sent, comes too late.
      legs[index].is_taken_in = false;
      legs[index].due = DueFrame::kNone;
    }
  };
  for (uint32_t phase = 0; phase < kPhasesPerFrame; ++phase) {
    for (const uint32_t index : switchboard_.rooms_in(phase)) {
      const Room& room = switchboard_.rooms()[index];
      for (uint32_t offset = 0; offset < kPhasesPerFrame; ++offset) {
        skip(room.legs[offset], frames_in((phase + offset) % kPhasesPerFrame));
      }
    }
    skip(switchboard_.roomless_in(phase), frames_in(phase));
  }
  for (uint32_t tick = 0; tick < std::min(ticks, kPhasesPerFrame); ++tick) {
    switchboard_.players().Advance(tick_ + tick, events_, stats_);
  }
  tick_ += ticks;
}

}  // namespace parley
