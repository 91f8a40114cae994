#include "kernels/targets.h"

#include <gtest/gtest.h>

#include <set>

namespace parley::kernels {
namespace {

TEST(SupportedTargets, NamesEachTargetOnceAndAtLeastOne) {
  const auto targets = SupportedTargets();
  ASSERT_FALSE(targets.empty());
  EXPECT_EQ(std::set<std::string_view>(targets.begin(), targets.end()).size(), targets.size());
  for (const std::string_view name : targets) {
    EXPECT_NE(name, "Unknown");
  }
}

TEST(SupportedTargets, StaysTheSameWhileOneIsForced) {
  const auto before = SupportedTargets();
  ASSERT_TRUE(ForceTarget(before.back()));
  EXPECT_EQ(SupportedTargets().size(), before.size());
  ReleaseTarget();
}

TEST(ForceTarget, RefusesWhatIsNotThere) {
  EXPECT_FALSE(ForceTarget("ABACUS"));
  EXPECT_FALSE(ForceTarget(""));
}

}  // namespace
}  // namespace parley::kernels
