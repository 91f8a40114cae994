// The engine of one shard: receives, mixes and sends for all its legs. Prose: docs/tick.md,
// docs/arena.md.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/record_ring.h"
#include "base/units.h"
#include "engine/arena.h"
#include "engine/contributors.h"
#include "engine/event_log.h"
#include "engine/kept_turn.h"
#include "engine/leg_frames.h"
#include "engine/leg_prefetcher.h"
#include "engine/outgoing.h"
#include "engine/phase_meter.h"
#include "engine/rate_change.h"
#include "engine/recorders.h"
#include "engine/room_mixing.h"
#include "engine/roster.h"
#include "engine/run_loop.h"
#include "engine/stats.h"
#include "engine/switchboard.h"
#include "net/datagram_port.h"

namespace parley {

// Command records applied at one tick edge; a larger batch is applied alone. A command costs a
// microsecond or so, an open_leg a few: this bound keeps a flood from the control thread well below
// a millisecond.
inline constexpr uint32_t kCommandsPerTickMax = 256;
// Legs in Opus or G.722 that nobody heard and somebody hears again, in one tick: a millisecond of
// work. The others are heard a frame later for each so many before them.
inline constexpr uint32_t kWakesMax = 8;
// What was taken in and not decoded may be given for so many frames after that: packets last 120
// ms.
inline constexpr uint8_t kUnheardFramesMax = 7;

// One thread runs it; others meet it in the arena alone. All memory is taken in the constructor, by
// the limits in the arena's header; Tick and GiveUpTicks are real-time safe. The arena's memory and
// the port must outlive it.
//
// Invariants:
// 1. Each leg in use is served once in 20 ms: with its room, of a spread room up to 15 ms after it,
// or outside a room in the quarter of its slot number. One
//    that has just changed its quarter is served 10 to 35 ms after the time before.
// 2. Commands take effect at the start of a tick, a batch wholly or not yet.
// 3. No frame a leg gives is heard by anybody whom its route does not name in the tick in which
// its room is mixed.
class Engine final : public Ticker {
 public:
  // `phase_clock`: for what the phases take (PhaseMeter); null where time is virtual.
  Engine(const Arena& arena, DatagramPort& port, PhaseMeter::Clock phase_clock = nullptr,
         const Spreading& spreading = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // One step of 5 ms. False when a room that spans shards waits for others: all else is done, and
  // what is missing comes with Resume. A tick that is not gone on with is, at the latest when the
  // next begins.
  bool Tick(const TickTime& time) override;
  bool Resume(Patience patience) override;

  // Lets `ticks` pass unserved; RTP timestamps go on as if they had been, so that delay does not
  // grow.
  void GiveUpTicks(uint32_t ticks) override;

  Stats& stats() { return stats_; }
  // Number of the next tick.
  uint64_t tick() const { return tick_; }

  // What a leg gave to its last mix, and heard of it, nothing where it heard nobody; for tests.
  // Good until the next legs are served; what was given in a large room, until it is served again.
  std::span<const int16_t> FrameSaidBy(uint32_t leg);
  std::span<const int16_t> FrameHeardBy(uint32_t leg);

 private:
  // The phases, in order: the first is of the tick, the others of a batch. Before and after the
  // mix, a room of more than kBatchLegs goes through them piece by piece: what a leg touches is
  // then still in the core's cache, and coded frames of no more legs are kept.
  void TakeCommands(const TickTime& time);
  void PrefetchRooms(std::span<const RoomTurn> turns);
  void Receive(std::span<const uint32_t> legs, const TickTime& time);
  void MeasureLevels(std::span<const uint32_t> legs);
  void Mix(const Batch& batch);
  void EncodeBatch(const Batch& batch);
  void SendBatch(const Batch& batch, const TickTime& time);
  void Publish(std::span<const uint32_t> legs, const TickTime& time);

  void ServeBatch(const Batch& batch, const TickTime& time);
  // Of a spread room the legs of this tick: sent what was mixed before, and taken in for the next
  // mix.
  void ServeSlice(const SliceTurn& slice, const TickTime& time);
  // Receive to levels, and encode to publish.
  void TakeIn(const Batch& batch, const TickTime& time);
  void GiveOut(const Batch& batch, const TickTime& time);
  void TakeInPieces(std::span<const uint32_t> legs, const TickTime& time);
  void TakeInSpread(const RoomTurn& turn, const TickTime& time);
  void GiveOutPieces(const RoomTurn& turn, const TickTime& time);
  // Rooms that span shards: in to levels and what this shard intends; who is mixed, once all have
  // said that; and the mix out to all, true when it was made of every such room. Nobody is waited
  // for: what is not there yet is looked for again, or left out where patience says so.
  void IntendSpans(const TickTime& time);
  void ShareSpans(Patience patience);
  bool MixSpans(Patience patience);
  void EndTick();
  void CloseLegs(const TickTime& time);
  void PublishShard();

  Outcome Apply(const Record& record, const TickTime& time);
  Outcome Apply(const layout::LimitEffort& command);
  Outcome Apply(const layout::RouteLeg& command, const TickTime& time);
  Outcome Apply(const layout::UpdateLeg& command, const TickTime& time);
  void NoteSpeech(uint32_t index, Leg& leg);
  void BeginRoom(const RoomTurn& turn);
  void ListContributors(const RoomTurn& turn);
  void EncodePiece(const RoomTurn& turn, size_t first, size_t count);
  void KeepSum(const Room& room);
  void MixWaiting(const Room& room, std::span<const uint32_t> piece, DueFrame due);
  void GiveMixed(Room& room, std::span<const uint32_t> legs, const TickTime& time);
  void GiveEarly(uint32_t index, const TickTime& time);
  void GiveApart(std::span<const uint32_t> piece, const TickTime& time);
  void ReadyInput(uint32_t index);
  void SendPiece(std::span<const uint32_t> piece, const TickTime& time);
  void SendLeg(uint32_t index, const MixerSources& sources, bool hears_voice, const TickTime& time);
  void PullLeg(uint32_t index, int64_t deadline_ns);
  void SayBefore(Leg& leg, std::span<const int16_t> decoded);
  std::span<int16_t> SaidBefore(const Leg& leg);
  void MixBefore(Room& room, std::span<const uint32_t> served);
  void SwapRates(Room& room, std::span<const uint32_t> legs);
  void MeasureLevel(Leg& leg);
  void PlaceFrames(const Batch& batch);
  std::span<int16_t> InputOf(const Leg& leg);
  // Whether a leg that somebody is to hear again may be, in this tick.
  bool MayWake(const Leg& leg);
  void PullMedia(Leg& leg, int64_t deadline_ns, std::span<int16_t> frame, bool is_heard);
  void PublishLeg(uint32_t index);
  void TellMedia(uint32_t index, const TickTime& time);

  Arena arena_;
  DatagramPort& port_;
  Stats stats_;
  EventLog events_;
  RecordReader commands_;
  Switchboard switchboard_;
  Recorders recorders_;
  std::vector<KeptTurn> kept_;  // of spread rooms
  LegFrames frames_;
  RoomMixing mixing_;
  RateChange change_;
  Outgoing outgoing_;
  Contributors contributors_;
  Roster roster_;
  LegPrefetcher prefetcher_;
  PhaseMeter phases_;
  uint64_t tick_ = 0;
  TickTime time_;              // of the last tick
  bool is_under_way_ = false;  // it waits for other shards
  uint32_t wakes_left_ = 0;    // in this tick
  alignas(64) std::array<int16_t, kFrameSamplesMax> decoded_;
};

}  // namespace parley
