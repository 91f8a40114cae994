// The one reading of the clocks that a tick works with.

#pragma once

#include <cstdint>

namespace parley {

struct TickTime {
  int64_t now_ns = 0;   // monotonic
  int64_t wall_ns = 0;  // the same moment, since 1970; for RTCP and the kernel's arrival times only

  // Wall time of a moment `at_ns` near now, monotonic.
  int64_t WallAt(int64_t at_ns) const { return wall_ns - (now_ns - at_ns); }
};

}  // namespace parley
