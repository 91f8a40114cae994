#include "jitter/tone_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "testing/signals.h"

namespace parley {
namespace {

// 38 dB of noise below the tone, as G.711 adds.
std::vector<int16_t> NoisyTone(double hz, uint32_t rate_hz, uint32_t seed) {
  std::vector<int16_t> tone = testing::ToneSamples(hz, 8000, 0.1, rate_hz);
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 8000 / std::sqrt(2) * std::pow(10, -38 / 20.0));
  for (int16_t& sample : tone) sample = static_cast<int16_t>(sample + std::lround(noise(random)));
  return tone;
}

TEST(ToneStep, FindsTheFrequencyOfATone) {
  for (const uint32_t rate_hz : {8000U, 16000U, 48000U}) {
    for (double hz = 120; hz < 3400; hz += 61.7) {
      const auto tone = NoisyTone(hz, rate_hz, static_cast<uint32_t>(hz));
      const double found =
          ToneTurnsPerSample(std::span(tone).first(rate_hz / 1000 * 32), rate_hz) * rate_hz;
      EXPECT_NEAR(found, hz, 0.25) << rate_hz;
    }
  }
}

TEST(ToneStep, FindsNoneInTwoTonesInNoiseAndInSilence) {
  auto two = testing::ToneSamples(697, 8000, 0.1, 8000);
  const auto other = testing::ToneSamples(1209, 8000, 0.1, 8000);
  for (size_t i = 0; i < two.size(); ++i) two[i] = static_cast<int16_t>(two[i] + other[i]);
  EXPECT_EQ(ToneTurnsPerSample(std::span(two).first(256), 8000), 0);
  std::mt19937 random(1);
  for (int16_t& sample : two) sample = static_cast<int16_t>(random() % 2000);
  EXPECT_EQ(ToneTurnsPerSample(std::span(two).first(256), 8000), 0);
  EXPECT_EQ(ToneTurnsPerSample(std::vector<int16_t>(256), 8000), 0);
}

TEST(ToneStep, ManyStepsLeaveThePhaseWhereItWas) {
  for (double hz = 150; hz < 3400; hz += 61.7) {
    TonePhase phase;
    double moved = 0;
    for (int step = 0; step < 40; ++step) {
      const int direction = step < 30 ? 1 : -1;
      const uint32_t lag = ToneLag(hz / 8000, 8000, direction, phase);
      EXPECT_GE(lag, 20U);
      EXPECT_LE(lag, 128U);
      moved += direction * static_cast<double>(lag) * hz / 8000;
      // The worst lie near a fourth of the rate, where few steps are near a whole turn.
      EXPECT_LE(std::abs(moved - std::round(moved)), 0.125) << hz;
    }
    EXPECT_NEAR(moved - std::round(moved), phase.turns, 1e-3);
  }
}

}  // namespace
}  // namespace parley
