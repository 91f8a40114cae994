#include "engine/event_log.h"

#include "engine/shared_word.h"

namespace parley {

template <typename Event>
void EventLog::Write(layout::EventKind kind, uint32_t leg, uint32_t generation, Event event) {
  event.header = {.kind = static_cast<uint16_t>(kind),
                  .batch_remaining = 0,
                  .sequence = sequence_++,
                  .leg = leg,
                  .generation = generation};
  if (!ring_.Write(Record::From(event))) ++stats_->events_dropped;
}

void EventLog::BatchApplied(uint32_t batch, uint64_t tick) {
  layout::BatchApplied event{};
  event.tick = tick;
  event.batch = batch;
  Write(layout::EventKind::kBatchApplied, layout::kNone, 0, event);
}

void EventLog::LegMediaStarted(uint32_t leg, uint32_t generation, uint32_t ssrc) {
  layout::LegMediaStarted event{};
  event.ssrc = ssrc;
  Write(layout::EventKind::kLegMediaStarted, leg, generation, event);
}

void EventLog::LegMedia(uint32_t leg, uint32_t generation, const MediaChange& change) {
  if (change.kind == MediaChange::Kind::kResumed) {
    Write(layout::EventKind::kLegMediaResumed, leg, generation, layout::LegMediaResumed{});
    return;
  }
  const bool is_goodbye = change.kind == MediaChange::Kind::kStoppedGoodbye;
  const auto reason = is_goodbye ? layout::MediaStop::kGoodbye : layout::MediaStop::kSilent;
  layout::LegMediaStopped event{};
  event.reason = static_cast<uint32_t>(reason);
  event.silent_ms = static_cast<uint32_t>(change.silent_ns / kNsPerMs);
  Write(layout::EventKind::kLegMediaStopped, leg, generation, event);
}

void EventLog::LegDigit(uint32_t leg, uint32_t generation, const DigitPress& press) {
  layout::LegDigit event{};
  event.digit = static_cast<uint8_t>(press.digit);
  event.duration_ms = press.duration_ms;
  Write(layout::EventKind::kLegDigit, leg, generation, event);
}

void EventLog::LegClosed(uint32_t leg, uint32_t generation) {
  Write(layout::EventKind::kLegClosed, leg, generation, layout::LegClosed{});
}

void EventLog::LegSpeechStarted(uint32_t leg, uint32_t generation, uint32_t level_dbov) {
  if (LoadRelaxed(control_.speech_asked) == 0) return;
  layout::LegSpeechStarted event{};
  event.level_dbov = level_dbov;
  Write(layout::EventKind::kLegSpeechStarted, leg, generation, event);
}

void EventLog::LegSpeechStopped(uint32_t leg, uint32_t generation) {
  if (LoadRelaxed(control_.speech_asked) == 0) return;
  Write(layout::EventKind::kLegSpeechStopped, leg, generation, layout::LegSpeechStopped{});
}

void EventLog::PlayerEnded(uint32_t player, uint32_t generation) {
  layout::PlayerEnded event{};
  event.player = player;
  event.player_generation = generation;
  Write(layout::EventKind::kPlayerEnded, layout::kNone, 0, event);
}

void EventLog::PlayerClosed(uint32_t player, uint32_t generation) {
  layout::PlayerClosed event{};
  event.player = player;
  event.player_generation = generation;
  Write(layout::EventKind::kPlayerClosed, layout::kNone, 0, event);
}

void EventLog::RecorderClosed(uint32_t recorder, uint32_t generation, uint32_t frames) {
  layout::RecorderClosed event{};
  event.recorder = recorder;
  event.recorder_generation = generation;
  event.frames = frames;
  Write(layout::EventKind::kRecorderClosed, layout::kNone, 0, event);
}

void EventLog::CommandRefused(const layout::RecordHeader& command) {
  layout::CommandRefused event{};
  event.command_kind = command.kind;
  Write(layout::EventKind::kCommandRefused, command.leg, command.generation, event);
}

}  // namespace parley
