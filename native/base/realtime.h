// Marks and guards of the real-time path: what runs between two ticks' deadlines.

#pragma once

#include <cstdint>

// A function reachable from the tick: it allocates nothing, takes no lock, does not log, and makes
// no system call except in the receive and send phases. Compilers that can check it do.
#if defined(__clang__) && __has_cpp_attribute(clang::nonblocking)
#define PARLEY_NONBLOCKING [[clang::nonblocking]]
#else
#define PARLEY_NONBLOCKING
#endif

namespace parley {

// While alive, floating-point arithmetic of this thread treats denormal numbers as zero, so that a
// decaying filter does not cost a hundred times more when it fades out. Restores the mode before.
// Must be destroyed on the thread that made it. Does nothing on machines it does not know.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  uint64_t saved_mode_;
};

}  // namespace parley
