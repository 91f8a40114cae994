// What the limiter adds outside the speech band: the crackle that clipping and hasty gains make.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
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

// What many random mixes are made of.
struct LoudKind {
  const char* name;
  uint32_t rate_hz;
  std::vector<double> (*source)(uint32_t rate_hz, double seconds, std::mt19937& random);
  uint32_t mixes;       // in the ordinary run
  uint32_t mixes_full;  // with PARLEY_QUALITY=full
};

constexpr LoudKind kLoudKinds[] = {
    {"talkers", 16'000, testing::LoudTalker, 12, 600},
    {"talkers", 48'000, testing::LoudTalker, 2, 100},
    {"tones", 16'000, testing::LoudTone, 12, 300},
    {"tones", 48'000, testing::LoudTone, 3, 100},
};

// Talkers whose attacks were the hardest of a few thousand for one design or another: these come
// first.
constexpr uint32_t kHardSeeds[] = {47, 192, 321, 493, 5205, 5242};

// Two to eight at -3 dBFS. Who exceeds what fits, and when, is drawn anew in each mix.
class LoudTable : public ::testing::TestWithParam<LoudKind> {};

TEST_P(LoudTable, NoMixOfManyHasMoreThanMinus65DecibelsOutsideTheBand) {
  const LoudKind& kind = GetParam();
  const char* quality = std::getenv("PARLEY_QUALITY");
  const bool is_full = quality != nullptr && std::string_view(quality) == "full";
  const uint32_t mixes = is_full ? kind.mixes_full : kind.mixes;
  std::vector<double> outside_db;
  for (uint32_t round = 0; round < mixes; ++round) {
    const uint32_t seed = round < std::size(kHardSeeds) ? kHardSeeds[round] : round;
    std::mt19937 random(seed);
    std::vector<double> mix(static_cast<size_t>(kind.rate_hz * kSeconds), 0.0);
    const uint32_t sources = 2 + seed % 7;
    for (uint32_t i = 0; i < sources; ++i) {
      const std::vector<double> source = kind.source(kind.rate_hz, kSeconds, random);
      std::transform(mix.begin(), mix.end(), source.begin(), mix.begin(), std::plus<>());
    }
    ASSERT_LT(testing::OutOfBandDb(mix, kind.rate_hz), -80.0) << "the test signal itself";
    outside_db.push_back(testing::OutOfBandDb(Limit(mix, kind.rate_hz / 50).limited, kind.rate_hz));
    EXPECT_LE(outside_db.back(), -65.0) << sources << " sources, seed " << seed;
  }
  std::ranges::sort(outside_db);
  std::printf("%6u Hz  %-8s %4u mixes of 2 to 8: median %6.1f dB, worst %6.1f dB\n", kind.rate_hz,
              kind.name, mixes, outside_db[mixes / 2], outside_db.back());
}

INSTANTIATE_TEST_SUITE_P(Mixes, LoudTable, ::testing::ValuesIn(kLoudKinds), [](const auto& kind) {
  return std::string(kind.param.name) + std::to_string(kind.param.rate_hz);
});

}  // namespace
}  // namespace parley
