#include "engine/redundancy_in.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr uint32_t kUnits = 160;

TEST(RedundancyInTest, FindsWhatHasNotCome) {
  RedundancyIn redundancy;
  for (const int sequence : {100, 101, 104}) redundancy.Note(static_cast<uint16_t>(sequence));
  EXPECT_EQ(redundancy.Missing(104, kUnits, kUnits), 103);
  EXPECT_EQ(redundancy.Missing(104, 2 * kUnits, kUnits), 102);
  EXPECT_EQ(redundancy.Missing(104, 3 * kUnits, kUnits), std::nullopt);
  redundancy.Note(103);
  EXPECT_EQ(redundancy.Missing(104, kUnits, kUnits), std::nullopt);
}

TEST(RedundancyInTest, CountsAcrossTheWrap) {
  RedundancyIn redundancy;
  redundancy.Note(65'534);
  redundancy.Note(1);
  EXPECT_EQ(redundancy.Missing(1, kUnits, kUnits), 0);
  EXPECT_EQ(redundancy.Missing(1, 2 * kUnits, kUnits), 65'535);
  EXPECT_EQ(redundancy.Missing(1, 3 * kUnits, kUnits), std::nullopt);
}

TEST(RedundancyInTest, LeavesOutWhatItCannotTell) {
  RedundancyIn redundancy;
  redundancy.Note(100);
  EXPECT_EQ(redundancy.Missing(100, 100, kUnits), std::nullopt);
  EXPECT_EQ(redundancy.Missing(100, 0, kUnits), std::nullopt);
  EXPECT_EQ(redundancy.Missing(100, kUnits, 0), std::nullopt);
  EXPECT_EQ(redundancy.Missing(100, 9 * kUnits, kUnits), std::nullopt);
  EXPECT_EQ(redundancy.Missing(100, 8 * kUnits, kUnits), 92);
}

TEST(RedundancyInTest, TakesWhatIsOlderThanItRemembersForHere) {
  RedundancyIn redundancy;
  redundancy.Note(100);
  redundancy.Note(300);
  EXPECT_EQ(redundancy.Missing(300, kUnits, kUnits), 299);
  // A carrier that comes very late.
  EXPECT_EQ(redundancy.Missing(230, kUnits, kUnits), std::nullopt);
  redundancy.Note(240);
  EXPECT_EQ(redundancy.Missing(241, kUnits, kUnits), std::nullopt);
  EXPECT_EQ(redundancy.Missing(243, kUnits, kUnits), 242);
}

TEST(RedundancyInTest, FindsThePacketBeforeTheFirst) {
  RedundancyIn redundancy;
  redundancy.Note(100);
  EXPECT_EQ(redundancy.Missing(100, kUnits, kUnits), 99);
}

}  // namespace
}  // namespace parley
