#include "engine/run_loop.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "engine/shared_word.h"

namespace parley {
namespace {

enum State : uint32_t { kRunning = 1, kStopped = 2 };

int64_t ReadClock(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * kNsPerSecond + time.tv_nsec;
}

}  // namespace

int64_t SteadyNowNs() { return ReadClock(CLOCK_MONOTONIC); }

TickTime SystemTickClock::Now() {
  const int64_t now_ns = SteadyNowNs();
  return {.now_ns = now_ns, .wall_ns = ReadClock(CLOCK_REALTIME), .deadline_ns = now_ns};
}

int64_t SystemTickClock::CpuNs() { return ReadClock(CLOCK_THREAD_CPUTIME_ID); }

void SystemTickClock::SleepUntil(int64_t deadline_ns) {
  const timespec deadline = {.tv_sec = deadline_ns / kNsPerSecond,
                             .tv_nsec = deadline_ns % kNsPerSecond};
  // A signal may end the sleep early; the deadline stays the same.
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr) == EINTR) {
  }
}

namespace {

// Goes on with a tick that waits for other shards. Returns how long it did nothing but wait.
int64_t AwaitParts(Ticker& ticker, TickClock& clock, int64_t deadline_ns) {
  int64_t idle_from_ns = clock.Now().now_ns;
  const int64_t start_ns = std::max(deadline_ns + kPartsWaitNs, idle_from_ns + kPartsGraceNs);
  const int64_t finish_ns = start_ns + kPartsGraceNs;
  int64_t waited_ns = 0;
  for (uint32_t looks = 0;; ++looks) {
    int64_t now_ns = clock.Now().now_ns;
    if (looks >= kPartsLooksMax && now_ns < finish_ns) {
      clock.SleepUntil(std::min(now_ns + kPartsLookNs, finish_ns));
      now_ns = clock.Now().now_ns;
    }
    waited_ns += now_ns - idle_from_ns;
    const Patience patience = now_ns >= finish_ns  ? Patience::kFinish
                              : now_ns >= start_ns ? Patience::kStart
                                                   : Patience::kWait;
    if (ticker.Resume(patience)) return waited_ns;
    idle_from_ns = clock.Now().now_ns;
  }
}

}  // namespace

void RunLoop(Ticker& ticker, TickClock& clock, layout::ControlBlock& control, Stats& stats,
             EventBell& bell) {
  StoreRelease(control.state, uint32_t{kRunning});
  int64_t deadline_ns = (clock.Now().now_ns / kFrameNs + 1) * kFrameNs;
  // All before the first, so that tick numbers are those of the clock.
  ticker.GiveUpTicks(static_cast<uint32_t>(deadline_ns / kTickNs));

  // Acquire pairs with the control thread's store: what it wrote before asking for the stop is
  // seen.
  while (LoadAcquire(control.stop) == 0) {
    TickTime time = clock.Now();
    if (time.now_ns < deadline_ns) {
      clock.SleepUntil(deadline_ns);
      time = clock.Now();
    }
    const int64_t lateness_ns = time.now_ns - deadline_ns;
    if (lateness_ns > kCatchUpNsMax) {
      const int64_t missed = lateness_ns / kTickNs;
      ticker.GiveUpTicks(static_cast<uint32_t>(missed));
      stats->ticks_reanchored += static_cast<uint64_t>(missed);
      deadline_ns += missed * kTickNs;
    } else if (lateness_ns >= kTickNs) {
      ++stats->ticks_caught_up;
    }

    time.deadline_ns = deadline_ns;
    const int64_t waited_ns = ticker.Tick(time) ? 0 : AwaitParts(ticker, clock, deadline_ns);
    stats->span_wait_ns += static_cast<uint64_t>(waited_ns);

    const int64_t end_ns = clock.Now().now_ns;
    stats.RecordTick(end_ns - time.now_ns - waited_ns, lateness_ns);
    // After each: whoever takes the difference of two readings is off by no more than a tick.
    stats->cpu_ns = static_cast<uint64_t>(clock.CpuNs());
    StoreRelaxed(control.heartbeat, LoadRelaxed(control.heartbeat) + 1);
    bell.Look();
    deadline_ns += kTickNs;
  }
  StoreRelease(control.state, uint32_t{kStopped});
}

}  // namespace parley
