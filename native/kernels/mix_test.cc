#include <algorithm>
#include <cstdlib>

#include "kernels/each_target.h"
#include "kernels/kernels.h"

namespace parley::kernels {
namespace {

using testing::FrameSizes;
using testing::WildFrame;
using testing::WildSum;

// A mix of three, or of very many.
constexpr int32_t kFewFrames = 3;
constexpr int32_t kManyFrames = 65'534;

class Mix : public testing::EachTarget {
 protected:
  // Calls test(sum, frame, offset) for every size, small and huge sums, and all misalignments that
  // differ for a vector; the first `offset` samples are not part of the frame.
  template <class Test>
  void ForManyFrames(Test test) {
    std::mt19937 random(1);
    for (const size_t size : FrameSizes()) {
      for (const size_t offset : {0, 1, 3}) {
        for (const int32_t frames : {kFewFrames, kManyFrames}) {
          test(WildSum(size + offset, frames, random), WildFrame(size + offset, random), offset);
        }
      }
    }
  }
};

uint32_t ReferencePeak(std::span<const int32_t> sum) {
  int64_t peak = 0;
  for (const int32_t sample : sum) {
    peak = std::max(peak, std::abs(int64_t{sample}));
  }
  return static_cast<uint32_t>(peak);
}

int16_t ReferenceNarrow(int32_t sample) {
  return static_cast<int16_t>(std::clamp(sample, -32768, 32767));
}

TEST_P(Mix, AccumulateFrameAddsEachSample) {
  ForManyFrames([](std::vector<int32_t> sum, const std::vector<int16_t>& frame, size_t offset) {
    std::vector<int32_t> expected = sum;
    for (size_t i = offset; i < sum.size(); ++i) {
      expected[i] += frame[i];
    }
    AccumulateFrame(std::span(frame).subspan(offset), std::span(sum).subspan(offset));
    EXPECT_EQ(sum, expected);
  });
}

TEST_P(Mix, SubtractFrameTakesEachSampleAway) {
  ForManyFrames(
      [](const std::vector<int32_t>& sum, const std::vector<int16_t>& own, size_t offset) {
        std::vector<int32_t> expected(sum.size(), 7);
        for (size_t i = offset; i < sum.size(); ++i) {
          expected[i] = sum[i] - own[i];
        }
        std::vector<int32_t> out(sum.size(), 7);
        SubtractFrame(std::span(sum).subspan(offset), std::span(own).subspan(offset),
                      std::span(out).subspan(offset));
        EXPECT_EQ(out, expected);
      });
}

TEST_P(Mix, PeakMagnitudeFindsTheLargestWhereverItIs) {
  EXPECT_EQ(PeakMagnitude({}), 0U);
  for (const size_t size : FrameSizes()) {
    for (size_t place = 0; place < std::min<size_t>(size, 130); ++place) {
      for (const int32_t peak : {1, -1, 29204, -29205, INT32_MAX, INT32_MIN}) {
        std::vector<int32_t> sum(size, 0);
        sum[place] = peak;
        ASSERT_EQ(PeakMagnitude(sum), ReferencePeak(sum)) << size << ' ' << place << ' ' << peak;
      }
    }
  }
}

TEST_P(Mix, NarrowSaturateClampsWhatDoesNotFit) {
  ForManyFrames([](const std::vector<int32_t>& sum, const std::vector<int16_t>&, size_t offset) {
    std::vector<int16_t> expected(sum.size(), 7);
    std::transform(sum.begin() + static_cast<ptrdiff_t>(offset), sum.end(),
                   expected.begin() + static_cast<ptrdiff_t>(offset), ReferenceNarrow);
    std::vector<int16_t> out(sum.size(), 7);
    NarrowSaturate(std::span(sum).subspan(offset), std::span(out).subspan(offset));
    EXPECT_EQ(out, expected);
  });
}

TEST_P(Mix, NarrowWithPeakIsNarrowSaturateAndPeakMagnitude) {
  ForManyFrames([](const std::vector<int32_t>& sum, const std::vector<int16_t>&, size_t offset) {
    std::vector<int16_t> expected(sum.size(), 7);
    std::transform(sum.begin() + static_cast<ptrdiff_t>(offset), sum.end(),
                   expected.begin() + static_cast<ptrdiff_t>(offset), ReferenceNarrow);
    std::vector<int16_t> out(sum.size(), 7);
    const auto part = std::span(sum).subspan(offset);
    EXPECT_EQ(NarrowWithPeak(part, std::span(out).subspan(offset)), ReferencePeak(part));
    EXPECT_EQ(out, expected);
  });
}

TEST_P(Mix, MixMinusWithPeakIsSubtractFrameAndNarrowWithPeak) {
  ForManyFrames(
      [](const std::vector<int32_t>& sum, const std::vector<int16_t>& own, size_t offset) {
        std::vector<int32_t> difference;
        std::vector<int16_t> expected(sum.size(), 7);
        for (size_t i = offset; i < sum.size(); ++i) {
          difference.push_back(sum[i] - own[i]);
          expected[i] = ReferenceNarrow(difference.back());
        }
        std::vector<int16_t> out(sum.size(), 7);
        EXPECT_EQ(MixMinusWithPeak(std::span(sum).subspan(offset), std::span(own).subspan(offset),
                                   std::span(out).subspan(offset)),
                  ReferencePeak(difference));
        EXPECT_EQ(out, expected);
      });
}

TEST_P(Mix, AddingThenSubtractingTheMostFramesIsExact) {
  const std::vector<int16_t> lowest(160, INT16_MIN);
  std::vector<int32_t> sum(160, 0);
  for (int i = 0; i < 65'535; ++i) {
    AccumulateFrame(lowest, sum);
  }
  EXPECT_EQ(sum, std::vector<int32_t>(160, -65'535 * 32'768));
  EXPECT_EQ(PeakMagnitude(sum), 65'535U * 32'768U);
}

INSTANTIATE_TEST_SUITE_P(Targets, Mix, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
