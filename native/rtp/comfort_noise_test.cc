#include "rtp/comfort_noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "testing/allocation_trap.h"

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kRateHz = 8000;

std::vector<int16_t> Fill(ComfortNoiseGenerator& generator, size_t samples) {
  std::vector<int16_t> out(samples);
  generator.Fill(out);
  return out;
}

double LevelDbov(std::span<const int16_t> samples) {
  double energy = 0;
  for (const int16_t sample : samples) energy += static_cast<double>(sample) * sample;
  return -10 * std::log10(energy / static_cast<double>(samples.size()) / (32768.0 * 32768.0));
}

// Correlation of each sample with the one `lag` before.
double Correlation(std::span<const int16_t> samples, size_t lag) {
  double energy = 0;
  double product = 0;
  for (size_t i = lag; i < samples.size(); ++i) {
    energy += static_cast<double>(samples[i]) * samples[i];
    product += static_cast<double>(samples[i]) * samples[i - lag];
  }
  return product / energy;
}

TEST(ComfortNoise, ReadsTheLevel) {
  EXPECT_FALSE(ParseComfortNoise({}));
  EXPECT_EQ(ParseComfortNoise(Bytes{40}), (ComfortNoise{.level_dbov = 40}));
  EXPECT_EQ(ParseComfortNoise(Bytes{0x80 | 40}), (ComfortNoise{.level_dbov = 40}));
  EXPECT_EQ(ParseComfortNoise(Bytes{0}), (ComfortNoise{.level_dbov = 0}));
  EXPECT_EQ(ParseComfortNoise(Bytes{127}), (ComfortNoise{.level_dbov = 127}));
}

TEST(ComfortNoise, ReadsTheReflectionCoefficients) {
  const auto noise = ParseComfortNoise(Bytes{50, 127, 128, 0, 254, 255});
  ASSERT_TRUE(noise);
  ASSERT_EQ(noise->order, 5U);
  EXPECT_EQ(noise->reflection[0], 0.0F);
  EXPECT_NEAR(noise->reflection[1], 0.00787, 0.00001);
  EXPECT_EQ(noise->reflection[2], -0.98F);
  EXPECT_EQ(noise->reflection[3], 0.98F);
  EXPECT_EQ(noise->reflection[4], 0.98F);
  EXPECT_EQ(ParseComfortNoise(Bytes(60, 100))->order, kComfortNoiseOrderMax);
}

TEST(ComfortNoise, IsAsLoudAsItIsSaid) {
  for (const uint8_t level : Bytes{5, 20, 40, 60, 75}) {
    ComfortNoiseGenerator generator(kRateHz, 1);
    generator.Set({.level_dbov = level});
    Fill(generator, kRateHz);
    EXPECT_NEAR(LevelDbov(Fill(generator, kRateHz)), level, 0.2) << int{level};
  }
}

TEST(ComfortNoise, StaysWithinItsSamplesWhateverIsSaid) {
  ComfortNoiseGenerator generator(kRateHz, 1);
  generator.Set({.level_dbov = 0});
  Fill(generator, kRateHz);
  EXPECT_NEAR(LevelDbov(Fill(generator, kRateHz)), 5, 0.2);
}

TEST(ComfortNoise, IsSilentUntilToldAndWhenToldSo) {
  ComfortNoiseGenerator generator(kRateHz, 1);
  EXPECT_EQ(Fill(generator, 160), std::vector<int16_t>(160));
  generator.Set({.level_dbov = 127});
  EXPECT_EQ(Fill(generator, 1600), std::vector<int16_t>(1600));
  generator.Set({.level_dbov = 30});
  EXPECT_NE(Fill(generator, 1600), std::vector<int16_t>(1600));
  generator.Fade();
  Fill(generator, kRateHz / 2);
  EXPECT_EQ(Fill(generator, 160), std::vector<int16_t>(160));
}

TEST(ComfortNoise, WhiteNoiseIsWhite) {
  ComfortNoiseGenerator generator(kRateHz, 7);
  generator.Set({.level_dbov = 30});
  Fill(generator, kRateHz);
  const std::vector<int16_t> noise = Fill(generator, 8 * kRateHz);
  for (size_t lag = 1; lag <= 200; ++lag) EXPECT_LT(std::abs(Correlation(noise, lag)), 0.03) << lag;
}

TEST(ComfortNoise, TheSpectrumDoesNotChangeTheLevel) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    Bytes payload(1 + random() % 11);
    payload[0] = 40;
    // Of the spread that backgrounds have.
    for (size_t i = 1; i < payload.size(); ++i) {
      payload[i] = static_cast<uint8_t>(127 - 80 + random() % 161);
    }
    ComfortNoiseGenerator generator(kRateHz, 1);
    generator.Set(*ParseComfortNoise(payload));
    Fill(generator, kRateHz);
    EXPECT_NEAR(LevelDbov(Fill(generator, 4 * kRateHz)), 40, 1.0) << round;
  }
}

// A first coefficient of -r makes neighbours correlate by r: a rumble, not a hiss.
TEST(ComfortNoise, SoundsLikeTheSpectrum) {
  for (const float reflection : {-0.8F, 0.5F}) {
    ComfortNoiseGenerator generator(kRateHz, 1);
    ComfortNoise noise{.level_dbov = 30, .order = 1};
    noise.reflection[0] = reflection;
    generator.Set(noise);
    Fill(generator, kRateHz);
    EXPECT_NEAR(Correlation(Fill(generator, 4 * kRateHz), 1), -reflection, 0.03);
  }
}

TEST(ComfortNoise, LevelsGlide) {
  ComfortNoiseGenerator generator(kRateHz, 1);
  generator.Set({.level_dbov = 30});
  const auto first_ms = Fill(generator, 8);
  EXPECT_GT(LevelDbov(first_ms), 30 + 20);
  Fill(generator, 480);
  EXPECT_NEAR(LevelDbov(Fill(generator, 1600)), 30, 1);
  generator.Set({.level_dbov = 60});
  EXPECT_NEAR(LevelDbov(Fill(generator, 16)), 30.5, 2);
  Fill(generator, 1600);
  EXPECT_NEAR(LevelDbov(Fill(generator, 1600)), 60, 1);
}

TEST(ComfortNoise, GlidesAsFastAtEveryRate) {
  for (const uint32_t rate_hz : {8000U, 16000U, 48000U}) {
    ComfortNoiseGenerator generator(rate_hz, 1);
    generator.Set({.level_dbov = 20});
    Fill(generator, rate_hz / 50);  // one time constant
    const auto next_ms = Fill(generator, rate_hz / 200);
    EXPECT_NEAR(LevelDbov(next_ms), 20 + 3.5, 1.5) << rate_hz;
  }
}

TEST(ComfortNoise, AChangeOfSpectrumIsNoBurst) {
  std::mt19937 random(9);
  ComfortNoiseGenerator generator(kRateHz, 1);
  std::vector<int16_t> all;
  for (int round = 0; round < 500; ++round) {
    Bytes payload(11);
    payload[0] = 40;
    for (size_t i = 1; i < payload.size(); ++i) payload[i] = static_cast<uint8_t>(random() % 255);
    generator.Set(*ParseComfortNoise(payload));
    const std::vector<int16_t> frame = Fill(generator, 160);
    if (round >= 10) {
      EXPECT_GT(LevelDbov(frame), 40 - 20) << round;
    }
  }
}

TEST(ComfortNoise, IsTheSameForTheSameSeedOnly) {
  const auto noise = [](uint32_t seed) {
    ComfortNoiseGenerator generator(kRateHz, seed);
    generator.Set({.level_dbov = 20, .reflection = {-0.5F}, .order = 1});
    Fill(generator, kRateHz);
    return Fill(generator, kRateHz);
  };
  const std::vector<int16_t> one = noise(1);
  EXPECT_EQ(one, noise(1));
  // Another leg's noise adds its energy, no more.
  std::vector<int16_t> sum = noise(2);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<int16_t>(sum[i] + one[i]);
  EXPECT_NEAR(LevelDbov(sum), 20 - 3, 0.5);
}

TEST(ComfortNoise, IsTheSameInPiecesOfAnyLength) {
  ComfortNoiseGenerator whole(kRateHz, 4);
  ComfortNoiseGenerator pieces(kRateHz, 4);
  whole.Set({.level_dbov = 20});
  pieces.Set({.level_dbov = 20});
  const std::vector<int16_t> expected = Fill(whole, 480);
  std::vector<int16_t> out;
  for (const size_t samples : {1U, 159U, 0U, 320U}) {
    const auto piece = Fill(pieces, samples);
    out.insert(out.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(out, expected);
}

TEST(ComfortNoise, AllocatesNothing) {
  std::array<int16_t, 160> out;
  const Bytes payload = {40, 100, 150};
  const testing::AllocationTrap trap;
  ComfortNoiseGenerator generator(kRateHz, 1);
  generator.Set(*ParseComfortNoise(payload));
  generator.Fill(out);
  generator.Fade();
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley
