// What the limiter adds outside the speech band: the crackle that clipping and hasty gains make.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <span>
#include <vector>

#include "mixer/limiter.h"
#include "testing/loudness.h"

namespace parley {
namespace {

constexpr double kSeconds = 2;

struct Outputs {
  std::vector<double> limited;
  std::vector<double> clipped;
};

Outputs Limit(std::span<const double> mix, size_t frame_samples) {
  Outputs outputs;
  Limiter limiter;
  std::vector<int32_t> in(frame_samples);
  std::vector<int16_t> out(frame_samples);
  for (size_t from = 0; from < mix.size(); from += frame_samples) {
    for (size_t i = 0; i < frame_samples; ++i) {
      in[i] = static_cast<int32_t>(std::lround(mix[from + i]));
      outputs.clipped.push_back(std::clamp(in[i], -32'768, 32'767));
    }
    limiter.Process(in, out);
    outputs.limited.insert(outputs.limited.end(), out.begin(), out.end());
  }
  return outputs;
}

class LoudTalkers : public ::testing::TestWithParam<uint32_t> {};

TEST_P(LoudTalkers, StayBelowMinus65DecibelsForThreeToEightLoudTalkers) {
  const uint32_t rate_hz = GetParam();
  for (uint32_t seed = 1; seed <= 2; ++seed) {
    std::mt19937 random(seed);
    std::vector<double> mix(static_cast<size_t>(rate_hz * kSeconds), 0.0);
    for (int talkers = 1; talkers <= 8; ++talkers) {
      const std::vector<double> voice = testing::LoudTalker(rate_hz, kSeconds, random);
      std::transform(mix.begin(), mix.end(), voice.begin(), mix.begin(), std::plus<>());
      if (talkers < 3) continue;
      const Outputs outputs = Limit(mix, rate_hz / 50);
      std::printf("%6u Hz  %d talkers, seed %u: limited %6.1f dB, clipped instead %6.1f dB\n",
                  rate_hz, talkers, seed, testing::OutOfBandDb(outputs.limited, rate_hz),
                  testing::OutOfBandDb(outputs.clipped, rate_hz));
      EXPECT_LT(testing::OutOfBandDb(mix, rate_hz), -80.0) << "the test signal itself";
      EXPECT_GT(testing::OutOfBandDb(outputs.clipped, rate_hz), -50.0)
          << "the mix that needs no limiter";
      EXPECT_LE(testing::OutOfBandDb(outputs.limited, rate_hz), -65.0)
          << rate_hz << " Hz, " << talkers << " talkers, seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, LoudTalkers, ::testing::Values(16'000U, 48'000U));

}  // namespace
}  // namespace parley
