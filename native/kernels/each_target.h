// Test support: runs a suite once for each instruction set that the kernels can run on here.

#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/targets.h"

namespace parley::testing {

// Forces the target that the test is parametrised with while the test runs.
class EachTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { ASSERT_TRUE(kernels::ForceTarget(GetParam())); }
  void TearDown() override { kernels::ReleaseTarget(); }
};

inline auto AllTargets() {
  const auto targets = kernels::SupportedTargets();
  return ::testing::ValuesIn(targets.begin(), targets.end());
}

inline std::string TargetName(const ::testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

// Lengths around every vector width, and those of real frames.
inline std::vector<size_t> FrameSizes() {
  std::vector<size_t> sizes;
  for (size_t size = 0; size <= 67; ++size) {
    sizes.push_back(size);
  }
  for (const size_t size : {127, 128, 129, 160, 320, 480, 960}) {
    sizes.push_back(size);
  }
  return sizes;
}

// Samples anywhere in int16, a quarter of them at its ends.
inline std::vector<int16_t> WildFrame(size_t size, std::mt19937& random) {
  std::vector<int16_t> frame(size);
  for (int16_t& sample : frame) {
    const auto drawn = static_cast<uint32_t>(random());
    sample = static_cast<int16_t>(drawn);
    if (drawn >> 30 == 0) {
      sample = (drawn >> 29) % 2 == 0 ? INT16_MIN : INT16_MAX;
    }
  }
  return frame;
}

// Sums within what `frames_max` full-scale frames can add up to, a quarter of them at its ends.
inline std::vector<int32_t> WildSum(size_t size, int32_t frames_max, std::mt19937& random) {
  std::vector<int32_t> sum(size);
  const int64_t most = int64_t{frames_max} * 32768;
  for (int32_t& sample : sum) {
    const auto drawn = static_cast<uint32_t>(random());
    sample = static_cast<int32_t>(drawn % static_cast<uint64_t>(2 * most + 1) - most);
    if (random() % 4 == 0) {
      sample = static_cast<int32_t>(drawn % 2 == 0 ? most : -most);
    }
  }
  return sum;
}

}  // namespace parley::testing
