#include "engine/phase_meter.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

#include "testing/commands.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using testing::TestShard;

// Goes on by 1 us with every look, so that a phase took as many as it was looked at.
int64_t LookedAtNs() {
  static int64_t now_ns = 0;
  return now_ns += kNsPerUs;
}

constexpr size_t kPhases = kTickPhases;
using Spent = std::array<uint64_t, kPhases>;

Spent SpentUs(TestShard& shard) {
  Spent spent;
  for (size_t phase = 0; phase < kPhases; ++phase) {
    spent[phase] = shard.engine().stats()->tick_phase_ns[phase] / kNsPerUs;
  }
  return spent;
}

void OpenRoomOf(TestShard& shard, uint32_t legs) {
  std::vector<Record> batch = {testing::OpenRoom(0, 8000)};
  for (uint32_t leg = 0; leg < legs; ++leg) {
    const testing::LegRef ref = {.slot = leg, .generation = 1};
    batch.push_back(Record::From(testing::LaneLeg(ref, layout::Codec::kLinear16, 8000, leg)));
    batch.push_back(testing::RouteLeg(ref, {.room = 0}));
  }
  shard.Command(batch);
}

TEST(PhaseMeterTest, MeasuresNothingWithoutAClock) {
  TestShard shard;
  OpenRoomOf(shard, 3);
  shard.Tick(8);
  EXPECT_EQ(SpentUs(shard), Spent{});
  EXPECT_EQ(shard.engine().stats()->tick_phase_histogram[0], 0u);
}

TEST(PhaseMeterTest, GivesEveryPhaseOfABatchWhatItTook) {
  TestShard shard(testing::kTestLimits, LookedAtNs);
  OpenRoomOf(shard, 3);
  shard.Tick();
  EXPECT_EQ(SpentUs(shard), (Spent{1, 1, 1, 1, 1, 1, 1, 2})) << "and the end of the tick publishes";
  shard.Tick();
  EXPECT_EQ(SpentUs(shard), (Spent{2, 1, 1, 1, 1, 1, 1, 3})) << "nobody is served in this quarter";
  EXPECT_EQ(shard.engine().stats()->tick_phase_histogram[0], 2u)
      << "each tick counts in each phase";
}

TEST(PhaseMeterTest, GivesALargeRoomsPhasesWhatTheirPiecesTook) {
  TestShard shard(testing::kTestLimits, LookedAtNs);
  OpenRoomOf(shard, 2 * kBatchLegs + 1);
  shard.Tick();
  EXPECT_EQ(SpentUs(shard), (Spent{1, 3, 3, 3, 1, 3, 3, 4}));
}

}  // namespace
}  // namespace parley
