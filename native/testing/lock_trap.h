// Test support: proves that a piece of code waits for no other thread. Linked into test programs
// only.

#pragma once

#include <cstdint>

namespace parley::testing {

// ThreadSanitizer brings locks of its own: nothing is counted there.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kLockTrapCounts = false;
#else
inline constexpr bool kLockTrapCounts = true;
#endif

// While alive, counts the POSIX locks that this thread takes or tries to take: mutexes, those of
// readers and writers, semaphores. std::mutex and its like are made of them, and who waits for a
// condition holds one. Traps do not nest.
class LockTrap {
 public:
  LockTrap();
  ~LockTrap();
  LockTrap(const LockTrap&) = delete;
  LockTrap& operator=(const LockTrap&) = delete;

  uint64_t locks() const;
};

}  // namespace parley::testing
