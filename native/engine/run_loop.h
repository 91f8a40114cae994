// Paces the engine: one tick every 5 ms by absolute deadlines, until told to stop. Prose:
// docs/tick.md.

#pragma once

#include <cstdint>

#include "base/units.h"
#include "engine/event_bell.h"
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

// CLOCK_MONOTONIC, ns.
int64_t SteadyNowNs();

// CLOCK_MONOTONIC and clock_nanosleep with absolute deadlines, which do not drift.
class SystemTickClock final : public TickClock {
 public:
  TickTime Now() override;
  int64_t CpuNs() override;
  void SleepUntil(int64_t deadline_ns) override;
};

// How long a tick goes on waiting for other shards.
enum class Patience : uint8_t {
  kWait,
  kStart,   // who has not begun is not waited for any more
  kFinish,  // nobody is
};

// What is paced.
class Ticker {
 public:
  // False: some of it waits for other shards, and Resume is to be called until that says true.
  virtual bool Tick(const TickTime& time) = 0;
  // Goes on with the last tick. True at the latest with kFinish.
  virtual bool Resume(Patience patience) = 0;
  // `ticks` deadlines have passed whose ticks will not be run.
  virtual void GiveUpTicks(uint32_t ticks) = 0;

 protected:
  ~Ticker() = default;
};

// A tick up to this late is still run, back to back with the ones before it; beyond, the missed
// ones are given up.
inline constexpr int64_t kCatchUpNsMax = 60 * kNsPerMs;

// How long a tick waits for other shards to begin theirs, which are due when it is: until so long
// after its deadline, or after its own work if it was late itself. Those who have begun then get
// that grace to finish, since they waited as well. The rest of a tick is enough to send.
inline constexpr int64_t kPartsWaitNs = 5 * kNsPerMs / 2;
inline constexpr int64_t kPartsGraceNs = kNsPerMs / 2;
// So many looks are taken one after the other, some 10 us; those after them so far apart.
inline constexpr uint32_t kPartsLooksMax = 100;
inline constexpr int64_t kPartsLookNs = 50 * kNsPerUs;

// The first deadline is on a whole multiple of a frame of the clock, so that tick numbers of all
// shards have the same phase at the same time.
//
// Runs `ticker` on the calling thread until `control.stop` is not 0, looked at before every tick.
// Sets `control.state` to running and then stopped, and counts `control.heartbeat`. Looks after
// every tick whether `bell` is to be rung.
void RunLoop(Ticker& ticker, TickClock& clock, layout::ControlBlock& control, Stats& stats,
             EventBell& bell);

}  // namespace parley
