#include "testing/allocation_trap.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace parley::testing {
namespace {

TEST(AllocationTrap, SeesEveryWayToAllocate) {
  std::vector<int> vector;
  const AllocationTrap trap;
  EXPECT_EQ(trap.allocations(), 0U);
  vector.push_back(1);
  EXPECT_EQ(trap.allocations(), 1U);
  void* volatile block = std::malloc(10);
  std::free(block);
  EXPECT_EQ(trap.allocations(), 2U);
  EXPECT_EQ(trap.frees(), 1U);
  struct alignas(64) Line {
    char bytes[64];
  };
  const auto aligned = std::make_unique<Line>();
  EXPECT_EQ(trap.allocations(), 3U);
}

TEST(AllocationTrap, SeesNothingOfOtherThreadsOrOtherTimes) {
  auto before = std::make_unique<int>(1);
  uint64_t seen = 0;
  std::thread thread([&seen] {
    const AllocationTrap trap;
    seen = trap.allocations();
  });
  thread.join();
  EXPECT_EQ(seen, 0U);
  const AllocationTrap trap;
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley::testing
