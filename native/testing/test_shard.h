// Test support: an engine in virtual time, with the other ends of everything it touches.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/record_ring.h"
#include "engine/engine.h"
#include "testing/arena_memory.h"
#include "testing/commands.h"
#include "testing/fake_port.h"

namespace parley::testing {

inline constexpr EngineLimits kTestLimits = {.legs_max = 64,
                                             .rooms_max = 16,
                                             .lanes_max = 64,
                                             .opus_legs_max = 16,
                                             .players_max = 16,
                                             .recorders_max = 16,
                                             .command_records = 256,
                                             .event_records = 256};

class TestShard {
 public:
  explicit TestShard(const EngineLimits& limits = kTestLimits,
                     PhaseMeter::Clock phase_clock = nullptr, const Spreading& spreading = {});

  // Publishes `batch` whole, to be applied at the next tick.
  void Command(std::vector<Record> batch);

  // Runs `ticks` ticks, 5 ms apart.
  void Tick(uint32_t ticks = 1);
  // Begins a tick; false when it waits for other shards, and Resume is to follow.
  bool BeginTick();
  bool Resume(Patience patience = Patience::kWait) { return engine_.Resume(patience); }

  // Events since the last call.
  std::vector<Record> TakeEvents();
  // How many of `kind` are in the next TakeEvents; takes all.
  uint32_t CountEvents(layout::EventKind kind);

  // The control thread's end of a lane: false when the ring is full.
  bool WriteLane(uint32_t lane, std::span<const uint8_t> frame);
  // Nothing when no frame waits.
  std::optional<std::vector<uint8_t>> ReadLane(uint32_t lane, size_t frame_bytes);
  layout::LaneHead& lane_head(uint32_t lane);

  FakePort& port() { return port_; }
  Engine& engine() { return engine_; }
  const Arena& arena() const { return arena_; }
  int64_t now_ns() const { return time_.now_ns; }
  const TickTime& time() const { return time_; }

 private:
  ArenaMemory memory_;
  Arena arena_;
  FakePort port_;
  Engine engine_;
  RecordWriter commands_;
  RecordReader events_;
  uint32_t batch_sequence_ = 0;
  TickTime time_ = {
      .now_ns = 1'000'000'000, .wall_ns = 1'700'000'000'000'000'000, .deadline_ns = 1'000'000'000};
};

}  // namespace parley::testing
