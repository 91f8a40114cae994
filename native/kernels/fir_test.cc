#include <algorithm>

#include "kernels/each_target.h"
#include "kernels/kernels.h"

namespace parley::kernels {
namespace {

class Fir : public testing::EachTarget {};

// Taps with the largest sum of magnitudes that is allowed: 65,535, all of one sign or of mixed
// ones.
std::vector<int16_t> LargestTaps(size_t size, std::mt19937& random, bool is_mixed) {
  std::vector<int16_t> taps(size);
  int32_t left = 65'535;
  for (size_t i = 0; i < size; ++i) {
    const int32_t share = std::min(left / static_cast<int32_t>(size - i), 32'767);
    left -= share;
    taps[i] = static_cast<int16_t>(is_mixed && random() % 2 == 0 ? -share : share);
  }
  return taps;
}

TEST_P(Fir, FirAccumulateEqualsTheDefinition) {
  std::mt19937 random(6);
  for (const size_t size : testing::FrameSizes()) {
    for (const size_t taps_size : {2, 16, 18, 32, 34}) {
      for (const bool is_mixed : {false, true}) {
        const std::vector<int16_t> taps = LargestTaps(taps_size, random, is_mixed);
        const std::vector<int16_t> input = testing::WildFrame(size + taps_size - 1, random);
        std::vector<int32_t> acc = testing::WildSum(size, 1, random);
        std::vector<int32_t> expected = acc;
        for (size_t i = 0; i < size; ++i) {
          int64_t sum = expected[i];
          for (size_t k = 0; k < taps_size; ++k) {
            sum += int64_t{taps[k]} * input[i + k];
          }
          ASSERT_EQ(sum, static_cast<int32_t>(sum));
          expected[i] = static_cast<int32_t>(sum);
        }
        FirAccumulate(input, taps, acc);
        ASSERT_EQ(acc, expected) << size << ' ' << taps_size;
      }
    }
  }
}

TEST_P(Fir, FirAccumulateHoldsTheLargestSumThatIsAllowed) {
  std::mt19937 random(7);
  const std::vector<int16_t> taps = LargestTaps(32, random, false);
  std::vector<int32_t> acc(160, 0);
  FirAccumulate(std::vector<int16_t>(191, INT16_MIN), taps, acc);
  EXPECT_EQ(acc, std::vector<int32_t>(160, -32'768 * 65'535));
}

TEST_P(Fir, NarrowQ14RoundsHalfUpAndClamps) {
  std::mt19937 random(8);
  for (const size_t size : testing::FrameSizes()) {
    const std::vector<int32_t> acc = testing::WildSum(size, 65'534, random);
    std::vector<int16_t> expected(size);
    std::transform(acc.begin(), acc.end(), expected.begin(), [](int32_t sum) {
      return static_cast<int16_t>(
          std::clamp((int64_t{sum} + 8192) >> 14, int64_t{INT16_MIN}, int64_t{INT16_MAX}));
    });
    std::vector<int16_t> out(size);
    NarrowQ14(acc, out);
    EXPECT_EQ(out, expected);
  }
  std::vector<int16_t> out(6);
  NarrowQ14(std::vector<int32_t>{8191, 8192, -8192, -8193, 32767 * 16384 + 8192, -32769 * 16384},
            out);
  EXPECT_EQ(out, (std::vector<int16_t>{0, 1, 0, -1, 32767, -32768}));
}

INSTANTIATE_TEST_SUITE_P(Targets, Fir, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
