#include "base/realtime.h"

#include <gtest/gtest.h>

#include <limits>

namespace parley {
namespace {

// Volatile, so that the arithmetic happens at run time and in order.
float Halve(float value) {
  volatile float operand = value;
  volatile float half = 0.5F;
  return operand * half;
}

#if defined(__SSE__) || defined(__aarch64__)
TEST(FlushDenormals, MakesDenormalsZeroWhileAliveAndRestores) {
  const float smallest_normal = std::numeric_limits<float>::min();
  EXPECT_GT(Halve(smallest_normal), 0.0F);
  {
    const FlushDenormals guard;
    EXPECT_EQ(Halve(smallest_normal), 0.0F);
    { const FlushDenormals nested; }
    EXPECT_EQ(Halve(smallest_normal), 0.0F);
  }
  EXPECT_GT(Halve(smallest_normal), 0.0F);
}
#endif

}  // namespace
}  // namespace parley
