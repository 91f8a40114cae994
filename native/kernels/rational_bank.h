// The filters of Resampler between 44100 Hz and the rates of rooms, which share no small ratio with
// it. As ResamplerTable, but one row of taps for each output, too many to be computed by the
// compiler: computed when the program is loaded, 15 ms for all.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "kernels/kernels.h"
#include "kernels/resampler_bank.h"

namespace parley {

template <int kInterpolation, int kDecimation>
class RationalTable {
 public:
  static constexpr int kRatio = std::max(kInterpolation, kDecimation);
  // Taps that one output meets, at most.
  static constexpr int kOutputTaps =
      (kResamplerTaps * kRatio + kInterpolation - 1) / kInterpolation;
  static constexpr size_t kRowTaps = (kOutputTaps + kernels::kFirRowMultiple - 1) /
                                     kernels::kFirRowMultiple * kernels::kFirRowMultiple;

  RationalTable() {
    for (int output = 0; output < kInterpolation; ++output) FillRow(output);
  }

  [[nodiscard]] ResamplerBank bank() const {
    return {kInterpolation, kDecimation, kRowTaps, taps_, true};
  }

 private:
  // Rounds to Q14, and gives what rounding made of the sum back to the largest tap: the gain at DC
  // is exactly 1.
  void FillRow(int output) {
    const int phase = output * kDecimation % kInterpolation;
    std::array<double, kOutputTaps> exact{};
    double exact_sum = 0.0;
    for (int i = 0; i < kOutputTaps; ++i) {
      const int distance = phase + kInterpolation * i - kResamplerTaps / 2 * kRatio;
      exact[static_cast<size_t>(i)] = resampler_math::LowPass(distance, kRatio);
      exact_sum += exact[static_cast<size_t>(i)];
    }
    int16_t* const row = taps_.data() + static_cast<size_t>(output) * kRowTaps;
    int32_t sum = 0;
    int64_t magnitude = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      const double scaled = exact[i] / exact_sum * kUnityQ14;
      int16_t& tap = row[kRowTaps - 1 - i];
      tap = static_cast<int16_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      sum += tap;
      magnitude += tap < 0 ? -tap : tap;
    }
    int16_t& largest = *std::max_element(row, row + kRowTaps);
    largest = static_cast<int16_t>(largest + kUnityQ14 - sum);
    // No signal can overflow an int32 with it.
    PARLEY_ASSERT((magnitude + kOutputTaps) * 32768 + kUnityQ14 / 2 <= INT32_MAX);
  }

  std::array<int16_t, size_t{kInterpolation} * kRowTaps> taps_{};
};

}  // namespace parley
