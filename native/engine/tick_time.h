// The one reading of the clocks that a tick works with.

#pragma once

#include <cstdint>

namespace parley {

struct TickTime {
  int64_t now_ns = 0;   // monotonic
  int64_t wall_ns = 0;  // the same moment, since 1970; for RTCP and the kernel's arrival times only
  // When the tick should have begun, monotonic, 5 ms after the one before: what playout goes by, so
  // that a late tick, or several caught up at once, do not look like delay.
  int64_t deadline_ns = 0;

  // The next tick, `ns` later and on time: for tests and benches, which make their own time.
  void Advance(int64_t ns) {
    now_ns += ns;
    wall_ns += ns;
    deadline_ns = now_ns;
  }

  // Wall time of a moment `at_ns` near now, monotonic.
  int64_t WallAt(int64_t at_ns) const { return wall_ns - (now_ns - at_ns); }
};

}  // namespace parley
