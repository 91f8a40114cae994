// Paces the engine: one tick every 5 ms by absolute deadlines, until told to stop. Prose:
// docs/tick.md.

#pragma once

#include <cstdint>

#include "base/units.h"
#include "engine/stats.h"
#include "engine/tick_time.h"

namespace parley {

// Where the run loop's time comes from.
class TickClock {
 public:
  virtual TickTime Now() = 0;
  // CPU time of the calling thread, ns.
  virtual int64_t CpuNs() = 0;
  // Returns at `deadline_ns` (monotonic) or soon after; at once when it has passed.
  virtual void SleepUntil(int64_t deadline_ns) = 0;

 protected:
  ~TickClock() = default;
};

// CLOCK_MONOTONIC and clock_nanosleep with absolute deadlines, which do not drift.
class SystemTickClock final : public TickClock {
 public:
  TickTime Now() override;
  int64_t CpuNs() override;
  void SleepUntil(int64_t deadline_ns) override;
};

// What is paced.
class Ticker {
 public:
  virtual void Tick(const TickTime& time) = 0;
  // `ticks` deadlines have passed whose ticks will not be run.
  virtual void GiveUpTicks(uint32_t ticks) = 0;

 protected:
  ~Ticker() = default;
};

// A tick up to this late is still run, back to back with the ones before it; beyond, the missed
// ones are given up.
inline constexpr int64_t kCatchUpNsMax = 60 * kNsPerMs;

// Runs `ticker` on the calling thread until `control.stop` is not 0, looked at before every tick.
// Sets `control.state` to running and then stopped, and counts `control.heartbeat`.
void RunLoop(Ticker& ticker, TickClock& clock, layout::ControlBlock& control, Stats& stats);

}  // namespace parley
