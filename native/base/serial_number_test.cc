#include "base/serial_number.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(SerialNumber, DistanceTakesTheShorterWay) {
  EXPECT_EQ(SerialDistance16(10, 13), 3);
  EXPECT_EQ(SerialDistance16(13, 10), -3);
  EXPECT_EQ(SerialDistance16(0xffff, 0), 1);
  EXPECT_EQ(SerialDistance16(0, 0xffff), -1);
  EXPECT_EQ(SerialDistance32(0xffff'fff0, 0x10), 0x20);
  EXPECT_EQ(SerialDistance32(0x10, 0xffff'fff0), -0x20);
}

TEST(SerialNumber, HalfTheCircleCountsAsBehind) {
  EXPECT_EQ(SerialDistance16(0, 0x8000), -0x8000);
  EXPECT_FALSE(IsNewer16(0x8000, 0));
  EXPECT_FALSE(IsNewer16(0, 0x8000));
  EXPECT_FALSE(IsNewer32(0x8000'0000, 0));
}

TEST(SerialNumber, NothingIsNewerThanItself) {
  EXPECT_FALSE(IsNewer16(7, 7));
  EXPECT_FALSE(IsNewer32(7, 7));
  EXPECT_TRUE(IsNewer16(2, 0xfffe));
  EXPECT_TRUE(IsNewer32(2, 0xffff'fffe));
}

TEST(SequenceExtender, CountsOnThroughManyWraps) {
  SequenceExtender extender;
  const int64_t first = extender.Extend(65'000);
  for (int64_t i = 1; i < 400'000; ++i) {
    ASSERT_EQ(extender.Extend(static_cast<uint16_t>(65'000 + i)), first + i);
  }
}

TEST(SequenceExtender, GivesOldPacketsTheirOldNumber) {
  SequenceExtender extender;
  const int64_t first = extender.Extend(0);
  EXPECT_EQ(extender.Extend(0xfffe), first - 2);
  EXPECT_GT(first - 2, 0);
  EXPECT_EQ(extender.Extend(1), first + 1);
  EXPECT_EQ(extender.Extend(0xffff), first - 1);
}

TEST(SequenceExtender, MeasuresFromTheNewestNotTheLast) {
  SequenceExtender extender;
  const int64_t first = extender.Extend(30'000);
  EXPECT_EQ(extender.Extend(10'000), first - 20'000);
  EXPECT_EQ(extender.Extend(50'000), first + 20'000);
}

}  // namespace
}  // namespace parley
