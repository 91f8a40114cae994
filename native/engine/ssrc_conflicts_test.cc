#include "engine/ssrc_conflicts.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr uint32_t kOwn = 7;
constexpr Address kPeer = {.bytes = {192, 0, 2, 1}, .port = 4000, .family = 4};
constexpr Address kElsewhere = {.bytes = {192, 0, 2, 2}, .port = 4000, .family = 4};

TEST(SsrcConflictsTest, FindsNothingInOtherNumbers) {
  SsrcConflicts conflicts;
  EXPECT_EQ(conflicts.Look(8, kOwn, kPeer, 0), SsrcFinding::kOther);
}

TEST(SsrcConflictsTest, TakesTheFirstForChanceAndTheSecondForALoop) {
  SsrcConflicts conflicts;
  EXPECT_EQ(conflicts.Look(kOwn, kOwn, kPeer, 0), SsrcFinding::kCollision);
  // We have changed; it has changed with us.
  for (int64_t second = 1; second < 300; ++second) {
    const int64_t now_ns = second * kNsPerSecond;
    EXPECT_EQ(conflicts.Look(9, 9, kPeer, now_ns), SsrcFinding::kLoop);
  }
}

TEST(SsrcConflictsTest, ForgetsAfterFiftySeconds) {
  SsrcConflicts conflicts;
  EXPECT_EQ(conflicts.Look(kOwn, kOwn, kPeer, 0), SsrcFinding::kCollision);
  EXPECT_EQ(conflicts.Look(9, 9, kPeer, 50 * kNsPerSecond), SsrcFinding::kCollision);
}

TEST(SsrcConflictsTest, TellsSourcesApart) {
  SsrcConflicts conflicts;
  EXPECT_EQ(conflicts.Look(kOwn, kOwn, kPeer, 0), SsrcFinding::kCollision);
  EXPECT_EQ(conflicts.Look(9, 9, kElsewhere, 1), SsrcFinding::kCollision);
}

}  // namespace
}  // namespace parley
