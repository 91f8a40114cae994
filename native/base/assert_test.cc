#include "base/assert.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(AssertDeathTest, PrintsTheConditionAndAborts) {
  EXPECT_DEATH(PARLEY_ASSERT(1 + 1 == 3), "assertion failed: 1 \\+ 1 == 3");
}

TEST(Assert, EvaluatesItsConditionOnce) {
  int evaluated = 0;
  PARLEY_ASSERT(++evaluated > 0);
  EXPECT_EQ(evaluated, 1);
}

TEST(Dcheck, EvaluatesNothingInReleaseBuilds) {
  int evaluated = 0;
  PARLEY_DCHECK(++evaluated > 0);
#ifdef NDEBUG
  EXPECT_EQ(evaluated, 0);
#else
  EXPECT_EQ(evaluated, 1);
#endif
}

}  // namespace
}  // namespace parley
