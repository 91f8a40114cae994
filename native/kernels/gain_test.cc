#include <algorithm>
#include <cmath>

#include "kernels/each_target.h"
#include "kernels/kernels.h"

namespace parley::kernels {
namespace {

class Gain : public testing::EachTarget {};

int16_t Reference(int32_t sample, float gain) {
  const float scaled = static_cast<float>(sample) * gain;
  return static_cast<int16_t>(std::nearbyint(std::clamp(scaled, -32768.0F, 32767.0F)));
}

TEST_P(Gain, ApplyGainScalesRoundsAndClamps) {
  std::mt19937 random(2);
  for (const size_t size : testing::FrameSizes()) {
    for (const int32_t frames : {1, 8, 65'534}) {
      const std::vector<int32_t> sum = testing::WildSum(size, frames, random);
      std::vector<float> gains(size);
      for (float& gain : gains) {
        gain = random() % 8 == 0 ? 1.0F : static_cast<float>(random() % 65'537) / 65'536.0F;
      }
      std::vector<int16_t> expected(size);
      std::transform(sum.begin(), sum.end(), gains.begin(), expected.begin(), Reference);
      std::vector<int16_t> out(size);
      ApplyGain(sum, gains, out);
      EXPECT_EQ(out, expected);
    }
  }
}

TEST_P(Gain, ApplyGainOfOneChangesNoSampleThatFits) {
  std::vector<int32_t> sum;
  std::vector<int16_t> expected;
  for (int32_t sample = INT16_MIN; sample <= INT16_MAX; ++sample) {
    sum.push_back(sample);
    expected.push_back(static_cast<int16_t>(sample));
  }
  std::vector<int16_t> out(sum.size());
  ApplyGain(sum, std::vector<float>(sum.size(), 1.0F), out);
  EXPECT_EQ(out, expected);
}

TEST_P(Gain, ApplyGainRoundsHalvesToEven) {
  const std::vector<int32_t> sum = {1, 3, 5, -1, -3, -5};
  std::vector<int16_t> out(sum.size());
  ApplyGain(sum, std::vector<float>(sum.size(), 0.5F), out);
  EXPECT_EQ(out, (std::vector<int16_t>{0, 2, 2, 0, -2, -2}));
}

INSTANTIATE_TEST_SUITE_P(Targets, Gain, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
