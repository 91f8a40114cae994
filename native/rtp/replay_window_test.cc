#include "rtp/replay_window.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace parley {
namespace {

TEST(ReplayWindow, TakesAnythingFirst) {
  ReplayWindow window;
  EXPECT_FALSE(window.has_started());
  EXPECT_EQ(window.Check(0), ReplayVerdict::kFresh);
  EXPECT_EQ(window.Check(1'000'000), ReplayVerdict::kFresh);
}

TEST(ReplayWindow, KnowsTheNewestAndThe127BeforeIt) {
  ReplayWindow window;
  window.Accept(1000);
  EXPECT_EQ(window.newest(), 1000u);
  EXPECT_EQ(window.Check(1000), ReplayVerdict::kReplayed);
  EXPECT_EQ(window.Check(1000 - 127), ReplayVerdict::kFresh);
  EXPECT_EQ(window.Check(1000 - 128), ReplayVerdict::kTooOld);
  window.Accept(1000 - 127);
  EXPECT_EQ(window.Check(1000 - 127), ReplayVerdict::kReplayed);
  EXPECT_EQ(window.newest(), 1000u);
}

TEST(ReplayWindow, ForgetsEverythingAfterAJump) {
  for (const uint64_t step : {127u, 128u, 129u, 100'000u}) {
    ReplayWindow window;
    window.Accept(500);
    window.Accept(500 + step);
    EXPECT_EQ(window.Check(500 + step), ReplayVerdict::kReplayed);
    EXPECT_EQ(window.Check(500 + step - 1), ReplayVerdict::kFresh);
    EXPECT_EQ(window.Check(500), step < 128 ? ReplayVerdict::kReplayed : ReplayVerdict::kTooOld);
  }
}

TEST(ReplayWindow, AgreesWithASetOfEverythingSeen) {
  std::mt19937 random(7);
  ReplayWindow window;
  std::set<uint64_t> seen;
  uint64_t newest = 0;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t centre = newest + 20;
    const uint64_t index = centre - std::min<uint64_t>(centre, random() % 180);
    const ReplayVerdict expected = seen.contains(index) && newest - index < 128
                                       ? ReplayVerdict::kReplayed
                                   : index + 128 <= newest ? ReplayVerdict::kTooOld
                                                           : ReplayVerdict::kFresh;
    ASSERT_EQ(window.Check(index), expected) << index << " after " << newest;
    if (expected != ReplayVerdict::kFresh) continue;
    window.Accept(index);
    seen.insert(index);
    newest = std::max(newest, index);
  }
}

}  // namespace
}  // namespace parley
