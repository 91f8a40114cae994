// The two clocks of the generator: one to keep time by, one that the kernel stamps packets with.

#pragma once

#include <time.h>

#include <cstdint>

namespace parley::load {

inline constexpr int64_t kNsPerMs = 1'000'000;
inline constexpr int64_t kFrameNs = 20 * kNsPerMs;
inline constexpr int64_t kNsPerSecond = 1000 * kNsPerMs;

inline int64_t ReadClockNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

inline int64_t SteadyNs() { return ReadClockNs(CLOCK_MONOTONIC); }

// As SO_TIMESTAMPNS tells it.
inline int64_t StampNs() { return ReadClockNs(CLOCK_REALTIME); }

inline void SleepUntilSteady(int64_t deadline_ns) {
  const timespec deadline{deadline_ns / kNsPerSecond, deadline_ns % kNsPerSecond};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr);
}

}  // namespace parley::load
