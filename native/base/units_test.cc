#include "base/units.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Units, SamplesAndTimeConvertBothWays) {
  EXPECT_EQ(SamplesToNs(160, 8000), kFrameNs);
  EXPECT_EQ(NsToSamples(kFrameNs, 8000), 160);
  EXPECT_EQ(NsToSamples(kFrameNs, 48000), 960);
  EXPECT_EQ(NsToSamples(-kFrameNs, 8000), -160);
}

TEST(Units, LongDurationsDoNotOverflow) {
  const int64_t two_days_ns = 2 * 86'400 * kNsPerSecond;
  EXPECT_EQ(NsToSamples(two_days_ns, 48000), int64_t{2} * 86'400 * 48'000);
  EXPECT_EQ(SamplesToNs(int64_t{2} * 86'400 * 8'000, 8000), two_days_ns);
}

TEST(Units, OnlyCodecRatesAreSampleRates) {
  EXPECT_TRUE(IsSampleRate(8000));
  EXPECT_TRUE(IsSampleRate(24000));
  EXPECT_FALSE(IsSampleRate(0));
  EXPECT_TRUE(IsSampleRate(44100));
  EXPECT_FALSE(IsSampleRate(32000));
}

}  // namespace
}  // namespace parley
