#include "testing/lock_trap.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

#include "base/assert.h"

namespace parley::testing {
namespace {

thread_local bool armed = false;
thread_local uint64_t lock_count = 0;

}  // namespace

LockTrap::LockTrap() {
  PARLEY_ASSERT(!armed);
  lock_count = 0;
  armed = true;
}

LockTrap::~LockTrap() { armed = false; }

uint64_t LockTrap::locks() const { return lock_count; }

}  // namespace parley::testing

// ThreadSanitizer has its own functions there.
#if !defined(__SANITIZE_THREAD__)

namespace parley::testing {
namespace {

void CountLock() {
  if (armed) ++lock_count;
}

// The function of that name that this program's own stands before.
template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace parley::testing

// A program's own functions are found before those of the C library, by libraries too.
#define PARLEY_TRAP(name, Object)                                         \
  extern "C" int name(Object* object) noexcept {                          \
    static auto* const next = parley::testing::Next<int(Object*)>(#name); \
    parley::testing::CountLock();                                         \
    return next(object);                                                  \
  }

PARLEY_TRAP(pthread_mutex_lock, pthread_mutex_t)
PARLEY_TRAP(pthread_mutex_trylock, pthread_mutex_t)
PARLEY_TRAP(pthread_rwlock_rdlock, pthread_rwlock_t)
PARLEY_TRAP(pthread_rwlock_wrlock, pthread_rwlock_t)

#undef PARLEY_TRAP

extern "C" int sem_wait(sem_t* semaphore) {
  static auto* const next = parley::testing::Next<int(sem_t*)>("sem_wait");
  parley::testing::CountLock();
  return next(semaphore);
}

#endif
