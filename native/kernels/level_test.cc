#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "kernels/each_target.h"
#include "kernels/kernels.h"

namespace parley::kernels {
namespace {

class Level : public testing::EachTarget {};

TEST_P(Level, FrameEnergyIsTheExactSumOfSquares) {
  std::mt19937 random(3);
  for (const size_t size : testing::FrameSizes()) {
    for (const size_t offset : {0, 1}) {
      const std::vector<int16_t> frame = testing::WildFrame(size + offset, random);
      const auto part = std::span(frame).subspan(offset);
      uint64_t expected = 0;
      for (const int16_t sample : part) {
        expected += static_cast<uint64_t>(int64_t{sample} * sample);
      }
      EXPECT_EQ(FrameEnergy(part), expected);
    }
  }
}

TEST_P(Level, FrameEnergyHoldsTheLoudestFrame) {
  const std::vector<int16_t> frame(960, INT16_MIN);
  EXPECT_EQ(FrameEnergy(frame), 960ULL << 30);
}

TEST_P(Level, LevelDbovIsZeroForAFullScaleSquareWave) {
  EXPECT_EQ(LevelDbov(std::vector<int16_t>(160, INT16_MIN)), 0);
  EXPECT_EQ(LevelDbov(std::vector<int16_t>(160, INT16_MAX)), 0);
}

TEST_P(Level, LevelDbovIs127ForSilence) {
  EXPECT_EQ(LevelDbov({}), 127);
  EXPECT_EQ(LevelDbov(std::vector<int16_t>(160, 0)), 127);
}

TEST_P(Level, LevelDbovRoundsToTheNearest) {
  std::vector<int16_t> frame(160, 0);
  frame[80] = 1;  // -10 log10(1 / 160 / 2^30) = 112.35
  EXPECT_EQ(LevelDbov(frame), 112);
  frame[0] = 1;
  frame[159] = -1;  // three of them: 107.58
  EXPECT_EQ(LevelDbov(frame), 108);
}

TEST_P(Level, LevelDbovIsTheRoundedLogarithm) {
  std::mt19937 random(5);
  for (int draw = 0; draw < 20'000; ++draw) {
    std::vector<int16_t> frame(draw % 2 == 0 ? 160 : 960);
    const int most = 1 << random() % 16;
    const size_t loud = 1 + random() % frame.size();
    for (size_t i = 0; i < loud; ++i) {
      frame[i] = static_cast<int16_t>(static_cast<int>(random() % (2u * most)) - most);
    }
    const uint64_t energy = FrameEnergy(frame);
    if (energy == 0) continue;
    const double mean = static_cast<double>(energy) / static_cast<double>(frame.size());
    EXPECT_EQ(LevelDbov(frame), std::round(-10 * std::log10(mean / 32768 / 32768))) << mean;
  }
}

TEST_P(Level, LevelDbovFollowsASineInDecibels) {
  for (const int down_db : {0, 6, 10, 20, 40, 60}) {
    std::vector<int16_t> frame(320);
    const double amplitude = 32767.0 * std::pow(10.0, -down_db / 20.0);
    for (size_t i = 0; i < frame.size(); ++i) {
      const double turn = 2.0 * std::numbers::pi * 1000.0 * static_cast<double>(i) / 16'000.0;
      frame[i] = static_cast<int16_t>(std::lround(amplitude * std::sin(turn)));
    }
    // A sine is 3.01 dB below the square wave of its amplitude.
    EXPECT_EQ(LevelDbov(frame), 3 + down_db) << down_db;
  }
}

TEST_P(Level, SamplesAtFullScaleCountsBothSides) {
  std::mt19937 random(4);
  for (const size_t size : testing::FrameSizes()) {
    const std::vector<int16_t> frame = testing::WildFrame(size, random);
    for (const int16_t full_scale : std::vector<int16_t>{1, 32124, INT16_MAX}) {
      const auto expected = std::count_if(
          frame.begin(), frame.end(), [=](int sample) { return std::abs(sample) >= full_scale; });
      EXPECT_EQ(SamplesAtFullScale(frame, full_scale), static_cast<uint32_t>(expected));
    }
  }
  EXPECT_EQ(
      SamplesAtFullScale(std::vector<int16_t>{INT16_MIN, INT16_MAX, -32767, 32766, 0}, INT16_MAX),
      3u);
}

INSTANTIATE_TEST_SUITE_P(Targets, Level, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
