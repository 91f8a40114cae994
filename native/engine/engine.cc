#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "engine/leg_voice.h"
#include "engine/shared_word.h"
#include "kernels/kernels.h"

namespace parley {
Engine::Engine(const Arena& arena, DatagramPort& port, PhaseMeter::Clock phase_clock,
               const Spreading& spreading)
    : arena_(arena),
      port_(port),
      stats_(arena.stats()),
      events_(arena, stats_),
      commands_(arena.command_ring()),
      switchboard_(arena, spreading),
      recorders_(arena.limits().recorders_max, arena.limits().rooms_max, RingTable::OfProcess()),
      kept_(SpreadRoomsMax(arena.limits().legs_max, spreading)),
      frames_(arena, kept_),
      mixing_(arena.limits(), frames_, switchboard_.players(), recorders_),
      change_(arena.limits().legs_max),
      outgoing_(arena.limits(), frames_, switchboard_.players(), switchboard_.streams(), change_),
      roster_(arena.limits()),
      prefetcher_(arena_, frames_, switchboard_.legs()),
      phases_(phase_clock) {}

bool Engine::Tick(const TickTime& time) {
  if (is_under_way_) Resume(Patience::kFinish);
  is_under_way_ = true;
  time_ = time;
  phases_.BeginTick();
  prefetcher_.Begin({});
  wakes_left_ = kWakesMax;
  TakeCommands(time);
  switchboard_.players().Advance(tick_, events_, stats_);
  roster_.Choose(switchboard_, tick_);
  change_.BeginTick();
  mixing_.BeginTick();
  phases_.Done(TickPhase::kCommands);
  IntendSpans(time);
  ShareSpans(Patience::kWait);
  for (const SliceTurn& slice : roster_.slices()) {
    ServeSlice(slice, time);
    ShareSpans(Patience::kWait);
  }
  while (const std::optional<Batch> batch = roster_.NextBatch()) {
    ServeBatch(*batch, time);
    ShareSpans(Patience::kWait);
  }
  return Resume(Patience::kWait);
}

void Engine::ServeBatch(const Batch& batch, const TickTime& time) {
  TakeIn(batch, time);
  Mix(batch);
  phases_.Done(TickPhase::kMix);
  GiveOut(batch, time);
}

void Engine::TakeIn(const Batch& batch, const TickTime& time) {
  if (!batch.rooms.empty() && batch.rooms.front().is_spread()) {
    TakeInSpread(batch.rooms.front(), time);
    return;
  }
  if (batch.legs.size() <= kBatchLegs) {
    PrefetchRooms(batch.rooms);
    Receive(batch.legs, time);
    PlaceFrames(batch);
    phases_.Done(TickPhase::kReceive);
    for (const uint32_t index : batch.legs) PullLeg(index, time.deadline_ns);
    phases_.Done(TickPhase::kDecode);
    MeasureLevels(batch.legs);
    phases_.Done(TickPhase::kLevel);
    return;
  }
  TakeInPieces(batch.legs, time);
}

// A small batch is done with before the next, unless its room waits for other shards.
void Engine::PlaceFrames(const Batch& batch) {
  const bool is_waiting =
      !batch.rooms.empty() && switchboard_.rooms()[batch.rooms.front().room].seat.span != nullptr;
  const bool is_kept = is_waiting || batch.legs.size() > kBatchLegs;
  for (size_t at = 0; at < batch.legs.size(); ++at) {
    const uint32_t index = batch.legs[at];
    Leg& leg = switchboard_.legs()[index];
    leg.said_place = is_kept ? LegFrames::OwnPlace(index) : LegFrames::BatchPlace(at);
    leg.heard_place = leg.said_place;
  }
}

void Engine::TakeInPieces(std::span<const uint32_t> legs, const TickTime& time) {
  for (size_t first = 0; first < legs.size(); first += kBatchLegs) {
    const size_t count = std::min<size_t>(kBatchLegs, legs.size() - first);
    const std::span<const uint32_t> piece = legs.subspan(first, count);
    Receive(piece, time);
    phases_.Done(TickPhase::kReceive);
    for (const uint32_t index : piece) {
      switchboard_.legs()[index].said_place = LegFrames::OwnPlace(index);
      PullLeg(index, time.deadline_ns);
    }
    phases_.Done(TickPhase::kDecode);
    MeasureLevels(piece);
    phases_.Done(TickPhase::kLevel);
  }
}

void Engine::TakeCommands(const TickTime& time) {
  uint32_t applied = 0;
  while (const uint32_t records = commands_.NextBatchRecords()) {
    if (applied > 0 && applied + records > kCommandsPerTickMax) return;
    const uint32_t batch = commands_.Read(0).header().sequence;
    for (uint32_t index = 0; index < records; ++index) {
      const Record record = commands_.Read(index);
      switch (Apply(record, time)) {
        case Outcome::kDone:
          ++stats_->commands_applied;
          break;
        case Outcome::kIgnored:
          break;
        case Outcome::kRefused:
          ++stats_->commands_refused;
          events_.CommandRefused(record.header());
          break;
      }
    }
    switchboard_.EndBatch();
    commands_.ConsumeBatch();
    events_.BatchApplied(batch, tick_);
    applied += records;
  }
}

Outcome Engine::Apply(const Record& record, const TickTime& time) {
  switch (static_cast<layout::CommandKind>(record.header().kind)) {
    case layout::CommandKind::kOpenRoom:
      return switchboard_.Apply(record.As<layout::OpenRoom>());
    case layout::CommandKind::kSetRoomRate:
      return switchboard_.Apply(record.As<layout::SetRoomRate>());
    case layout::CommandKind::kCloseRoom: {
      const auto command = record.As<layout::CloseRoom>();
      const Outcome outcome = switchboard_.Apply(command);
      if (outcome == Outcome::kDone) recorders_.ForgetRoom(command.room);
      return outcome;
    }
    case layout::CommandKind::kOpenLeg:
      return switchboard_.Apply(record.As<layout::OpenLeg>(), time);
    case layout::CommandKind::kCloseLeg:
      return switchboard_.Apply(record.As<layout::CloseLeg>());
    case layout::CommandKind::kRouteLeg:
      return Apply(record.As<layout::RouteLeg>(), time);
    case layout::CommandKind::kSendDigits:
      return switchboard_.Apply(record.As<layout::SendDigits>());
    case layout::CommandKind::kUpdateLeg:
      return Apply(record.As<layout::UpdateLeg>(), time);
    case layout::CommandKind::kSetVoice:
      return switchboard_.Apply(record.As<layout::SetVoice>());
    case layout::CommandKind::kOpenPlayer:
      return switchboard_.players().Apply(record.As<layout::OpenPlayer>(), tick_);
    case layout::CommandKind::kClosePlayer:
      return switchboard_.players().Apply(record.As<layout::ClosePlayer>(), events_);
    case layout::CommandKind::kPlayToRoom:
      return switchboard_.Apply(record.As<layout::PlayToRoom>());
    case layout::CommandKind::kOpenRecorder:
      return recorders_.Apply(record.As<layout::OpenRecorder>(), switchboard_.rooms(),
                              switchboard_.legs(), tick_);
    case layout::CommandKind::kSetRecorder:
      return recorders_.Apply(record.As<layout::SetRecorder>());
    case layout::CommandKind::kCloseRecorder:
      return recorders_.Apply(record.As<layout::CloseRecorder>(), tick_, events_);
    case layout::CommandKind::kSpanRoom:
      return switchboard_.Apply(record.As<layout::SpanRoom>(), time);
    case layout::CommandKind::kLimitEffort:
      return Apply(record.As<layout::LimitEffort>());
  }
  return Outcome::kRefused;
}

Outcome Engine::Apply(const layout::LimitEffort& command) {
  const bool is_ranking = command.ranked_above_max >= 1 && command.talkers_max >= 1 &&
                          command.talkers_max <= kTalkersMax;
  if (command.opus_complexity_max > kOpusComplexityMax || !is_ranking) return Outcome::kRefused;
  switchboard_.streams().LimitComplexity(command.opus_complexity_max);
  mixing_.LimitRanking(
      {.ranked_above = command.ranked_above_max, .talkers_max = command.talkers_max});
  return Outcome::kDone;
}

// Receives and sorts into the jitter buffers in one pass: what the port hands out is valid until it
// is asked again.
void Engine::Receive(std::span<const uint32_t> legs, const TickTime& time) {
  for (size_t first = 0; first < legs.size(); first += kBatchLegs) {
    const size_t count = std::min<size_t>(kBatchLegs, legs.size() - first);
    prefetcher_.Finish(legs.subspan(first, count));
    for (const uint32_t index : legs.subspan(first, count)) {
      Leg& leg = switchboard_.legs()[index];
      if (leg.rtp) leg.rtp->Receive(port_, time, stats_);
    }
  }
  prefetcher_.Begin(roster_.After(legs));
}

// Muted and held legs are pulled too, so that their buffers move on; their frame ends here.
void Engine::PullLeg(uint32_t index, int64_t deadline_ns) {
  prefetcher_.Step();
  Leg& leg = switchboard_.legs()[index];
  leg.frame_before = layout::kNone;
  leg.input_level_before_dbov = kSilenceDbov;
  const auto decoded = std::span(decoded_).first(FrameSamples(leg.format.rate_hz));
  if (leg.room == layout::kNone || leg.sends == layout::Sends::kNobody || !MayWake(leg)) {
    PullMedia(leg, deadline_ns, decoded, false);
    leg.input_is_zero = true;
    return;
  }
  const std::span<int16_t> input = InputOf(leg);
  const bool is_fading = switchboard_.rooms()[leg.room].is_fading();
  if (input.size() == decoded.size() && !is_fading) {
    PullMedia(leg, deadline_ns, input, true);
  } else {
    PullMedia(leg, deadline_ns, decoded, true);
    if (is_fading) SayBefore(leg, decoded);
    leg.path.to_room.Process(decoded, input);
  }
  leg.input_is_zero = false;
}

bool Engine::MayWake(const Leg& leg) {
  if (!leg.rtp || !leg.rtp->wakes_dearly()) return true;
  if (wakes_left_ == 0) return false;
  --wakes_left_;
  return true;
}

void Engine::PullMedia(Leg& leg, int64_t deadline_ns, std::span<int16_t> frame, bool is_heard) {
  prefetcher_.Step();
  const FrameKind kind =
      leg.rtp ? leg.rtp->PullFrame(deadline_ns, frame, is_heard, leg.speech.noise_dbov(), stats_)
              : leg.frames->PullFrame(frame, stats_);
  NoteFrame(leg, kind, frame);
  if (!is_heard) {
    leg.frames_unheard = kUnheardFramesMax;
  } else if (leg.frames_unheard > 0) {
    --leg.frames_unheard;
  }
  const bool may_be_unheard = leg.frames_unheard > 0 && !IsStateless(leg.format.codec);
  if (may_be_unheard && std::ranges::all_of(frame, [](int16_t sample) { return sample == 0; })) {
    leg.input_is_received = false;
  }
}

// Levels and speech are those of what came: what shaping does to it changes no judgement.
void Engine::MeasureLevels(std::span<const uint32_t> legs) {
  for (const uint32_t index : legs) {
    prefetcher_.Step();
    Leg& leg = switchboard_.legs()[index];
    MeasureLevel(leg);
    NoteSpeech(index, leg);
    if (leg.input_is_zero) continue;
    if (leg.frame_before != layout::kNone) {
      // As it is to be shaped in the turn that counts, which begins where this one does.
      const VoiceShaper shaper = leg.shaper;
      ShapeVoice(leg, SaidBefore(leg));
      leg.shaper = shaper;
    }
    ShapeVoice(leg, InputOf(leg));
  }
}

void Engine::MeasureLevel(Leg& leg) {
  leg.input_level_dbov = leg.input_is_zero ? kSilenceDbov : kernels::LevelDbov(InputOf(leg));
}

std::span<int16_t> Engine::InputOf(const Leg& leg) {
  return frames_.Said(leg).first(FrameSamples(switchboard_.FrameRateHz(leg)));
}

std::span<const int16_t> Engine::FrameSaidBy(uint32_t leg) {
  return InputOf(switchboard_.legs()[leg]);
}

std::span<const int16_t> Engine::FrameHeardBy(uint32_t leg) {
  const Leg& listener = switchboard_.legs()[leg];
  if (listener.path.mix.mix_class == MixClass::kNone) return {};
  return frames_.Heard(listener).first(FrameSamples(switchboard_.FrameRateHz(listener)));
}

void Engine::NoteSpeech(uint32_t index, Leg& leg) {
  const uint32_t delayed = leg.speech.changes_delayed();
  const SpeechChange change = HearVoice(leg, stats_);
  stats_->speech_delayed += leg.speech.changes_delayed() - delayed;
  switch (change) {
    case SpeechChange::kNone:
      return;
    case SpeechChange::kStarted:
      ++stats_->speech_started;
      ++stats_->legs_speaking;
      events_.LegSpeechStarted(index, leg.generation, leg.input_level_dbov);
      return;
    case SpeechChange::kStopped:
      --stats_->legs_speaking;
      events_.LegSpeechStopped(index, leg.generation);
      return;
  }
}

void Engine::Mix(const Batch& batch) {
  for (const RoomTurn& turn : batch.rooms) {
    Room& room = switchboard_.rooms()[turn.room];
    if (room.is_changing_rate()) MixBefore(room, turn.legs);
    mixing_.Mix(room, turn.legs, switchboard_.legs(), tick_, stats_);
    if (room.is_spread()) KeepSum(room);
  }
  for (const uint32_t index : batch.roomless) {
    Leg& leg = switchboard_.legs()[index];
    leg.contributes = false;
    mixing_.MixAlone(leg, switchboard_.FrameRateHz(leg), stats_);
  }
}

void Engine::CloseLegs(const TickTime& time) {
  while (!switchboard_.closing().empty()) {
    const uint32_t index = switchboard_.closing().back();
    Leg& leg = switchboard_.legs()[index];
    if (leg.rtp) leg.rtp->SendBye(port_, time, stats_);
    if (leg.speech.speaking()) --stats_->legs_speaking;
    switchboard_.FreeLeg(index);
    events_.LegClosed(index, leg.generation);
  }
}

void Engine::Publish(std::span<const uint32_t> legs, const TickTime& time) {
  for (const uint32_t index : legs) {
    prefetcher_.Step();
    PublishLeg(index);
    TellMedia(index, time);
  }
}

// At most one key and one change a turn, so that the event ring is not flooded by a peer.
void Engine::TellMedia(uint32_t index, const TickTime& time) {
  Leg& leg = switchboard_.legs()[index];
  if (!leg.rtp) return;
  const std::optional<MediaChange> change = leg.rtp->TakeMediaChange(time.now_ns);
  if (change) events_.LegMedia(index, leg.generation, *change);
  const std::optional<DigitPress> press = leg.rtp->TakeDigit(time.now_ns, stats_);
  if (press) events_.LegDigit(index, leg.generation, *press);
}

void Engine::PublishLeg(uint32_t index) {
  Leg& leg = switchboard_.legs()[index];
  layout::LegSlot& slot = arena_.leg(index);
  StoreRelaxed(slot.frame_rate_hz, switchboard_.FrameRateHz(leg));
  StoreRelaxed(slot.input_contributes, uint32_t{leg.contributes});
  StoreRelaxed(slot.input_level_dbov, uint32_t{leg.input_level_dbov});
  StoreRelaxed(slot.output_level_dbov, uint32_t{leg.output_level_dbov});
  PublishVoice(leg, slot);
  if (leg.rtp) {
    leg.rtp->Publish(slot);
  } else {
    leg.frames->Publish(slot);
  }
  // Release: who sees this tick's number sees what it came to.
  StoreRelease(slot.tick, tick_);

  const bool has_started = leg.rtp ? leg.rtp->has_started() : leg.frames->has_started();
  if (has_started && !leg.has_started) {
    leg.has_started = true;
    events_.LegMediaStarted(index, leg.generation, leg.rtp ? leg.rtp->remote_ssrc() : 0);
  }
}

}  // namespace parley
