// What the engine tells the control thread.

#pragma once

#include <cstdint>

#include "base/record_ring.h"
#include "engine/arena.h"
#include "engine/digits_in.h"
#include "engine/media_watch.h"
#include "engine/stats.h"

namespace parley {

// Engine thread alone; real-time safe. A full ring drops the newest event and counts it; the
// numbers of the events then show the gap to the reader.
class EventLog {
 public:
  EventLog(const Arena& arena, Stats& stats)
      : ring_(arena.event_ring()), control_(arena.control()), stats_(stats) {}

  void BatchApplied(uint32_t batch, uint64_t tick);
  void LegMediaStarted(uint32_t leg, uint32_t generation, uint32_t ssrc);
  void LegMedia(uint32_t leg, uint32_t generation, const MediaChange& change);
  void LegDigit(uint32_t leg, uint32_t generation, const DigitPress& press);
  void LegClosed(uint32_t leg, uint32_t generation);
  // Both only while the control thread asks for them.
  void LegSpeechStarted(uint32_t leg, uint32_t generation, uint32_t level_dbov);
  void LegSpeechStopped(uint32_t leg, uint32_t generation);
  void PlayerEnded(uint32_t player, uint32_t generation);
  void PlayerClosed(uint32_t player, uint32_t generation);
  void RecorderClosed(uint32_t recorder, uint32_t generation, uint32_t frames);
  // `command`: header of the refused record.
  void CommandRefused(const layout::RecordHeader& command);

 private:
  template <typename Event>
  void Write(layout::EventKind kind, uint32_t leg, uint32_t generation, Event event);

  RecordWriter ring_;
  const layout::ControlBlock& control_;
  Stats& stats_;
  uint32_t sequence_ = 0;
};

}  // namespace parley
