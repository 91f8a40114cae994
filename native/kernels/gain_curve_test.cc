#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/each_target.h"
#include "kernels/kernels.h"

namespace parley::kernels {
namespace {

class GainCurve : public testing::EachTarget {};

constexpr size_t kRealFrames[] = {160, 320, 480, 960};

float GainIn(std::mt19937& random) { return static_cast<float>(random() % 65'537) / 65'536.0F; }

TEST_P(GainCurve, NeededIsByTheLoudestSampleOfEachBlock) {
  std::mt19937 random(2);
  for (const size_t size : kRealFrames) {
    for (const int32_t frames : {1, 8, 65'534}) {
      std::vector<int32_t> sum = testing::WildSum(size, frames, random);
      // One block is silent, and one as loud as can be.
      std::fill_n(sum.begin(), size / kGainBlocks, 0);
      sum.back() = INT32_MIN;
      std::array<float, kGainBlocks> needed;
      FindNeededGains(sum, 29'204.0F, 20'675.0F, needed);
      const size_t samples = size / kGainBlocks;
      for (size_t block = 0; block < kGainBlocks; ++block) {
        float peak = 0.0F;
        for (const int32_t sample : std::span(sum).subspan(block * samples, samples)) {
          peak = std::max(peak, std::abs(static_cast<float>(sample)));
        }
        EXPECT_EQ(needed[block], peak > 29'204.0F ? 20'675.0F / peak : 1.0F);
      }
    }
  }
}

TEST_P(GainCurve, SmoothIsTheWeightedSumInTheOrderOfTheWeights) {
  std::mt19937 random(3);
  for (const size_t taps : {1u, 2u, 10u}) {
    for (const size_t size : {1u, 7u, 8u, 41u}) {
      std::vector<float> weights(taps);
      for (float& weight : weights) weight = GainIn(random);
      std::vector<float> targets(size + taps - 1);
      for (float& target : targets) target = GainIn(random);
      std::vector<float> expected(size);
      for (size_t i = 0; i < size; ++i) {
        for (size_t tap = 0; tap < taps; ++tap) expected[i] += weights[tap] * targets[i + tap];
      }
      std::vector<float> gains(size);
      SmoothGains(targets, weights, gains);
      EXPECT_EQ(gains, expected);
    }
  }
}

TEST_P(GainCurve, DrawGoesStraightFromEachEdgeToTheNext) {
  std::mt19937 random(4);
  for (const size_t size : kRealFrames) {
    const size_t block = size / kGainBlocks;
    std::array<float, kGainBlocks + 1> edges;
    for (float& edge : edges) edge = GainIn(random);
    std::vector<float> expected;
    for (size_t i = 0; i < size; ++i) {
      const float edge = edges[i / block];
      const float rise = (edges[i / block + 1] - edge) * (1.0F / static_cast<float>(block));
      expected.push_back(edge + rise * static_cast<float>(i % block));
    }
    std::vector<float> gains(size);
    DrawGains(edges, gains);
    EXPECT_EQ(gains, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, GainCurve, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
