#include "testing/lock_trap.h"

#include <gtest/gtest.h>
#include <semaphore.h>

#include <mutex>
#include <shared_mutex>
#include <thread>

namespace parley::testing {
namespace {

TEST(LockTrap, SeesEveryLock) {
  if (!kLockTrapCounts) GTEST_SKIP() << "ThreadSanitizer has locks of its own";
  std::mutex mutex;
  std::shared_mutex shared;
  sem_t semaphore;
  ASSERT_EQ(sem_init(&semaphore, 0, 1), 0);
  const LockTrap trap;
  EXPECT_EQ(trap.locks(), 0U);
  { const std::lock_guard lock(mutex); }
  EXPECT_EQ(trap.locks(), 1U);
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
  EXPECT_EQ(trap.locks(), 2U);
  { const std::shared_lock lock(shared); }
  EXPECT_EQ(trap.locks(), 3U);
  { const std::unique_lock lock(shared); }
  EXPECT_EQ(trap.locks(), 4U);
  sem_wait(&semaphore);
  EXPECT_EQ(trap.locks(), 5U);
  sem_destroy(&semaphore);
}

TEST(LockTrap, SeesNothingOfOtherThreads) {
  std::mutex mutex;
  const LockTrap trap;
  std::thread thread([&mutex] { const std::lock_guard lock(mutex); });
  const uint64_t while_starting = trap.locks();
  thread.join();
  EXPECT_EQ(trap.locks(), while_starting);
}

}  // namespace
}  // namespace parley::testing
