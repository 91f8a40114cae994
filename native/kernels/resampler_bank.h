// The filters of Resampler, computed by the compiler.
//
// To go from rate P to rate Q, with P/Q = M/L in lowest terms: think of zeros filled in up to the
// common rate P*L = Q*M, a low-pass there, and every M-th sample kept. Output j of every L is then
// the sum of M branches, one for each input sample of every M, and each branch is an ordinary FIR
// over a contiguous stream: only the taps that meet a sample that is not zero remain.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace parley {

// Taps of the low-pass, counted at the lower of the two rates. The filter is symmetric about its
// middle, so the delay is half of it.
inline constexpr int kResamplerTaps = 32;

// Taps are Q14: this is 1.0.
inline constexpr int32_t kUnityQ14 = 1 << 14;

namespace resampler_math {

inline constexpr double kPi = 3.14159265358979323846;

// Shape of the window: about 65 dB of stop-band attenuation (Kaiser's formula, 0.1102 (A - 8.7)).
inline constexpr double kKaiserBeta = 6.2;

// Modified Bessel function of the first kind and order 0, of the square root of `square`.
constexpr double BesselI0OfRoot(double square) {
  double term = 1.0;
  double sum = 1.0;
  for (int k = 1; k < 40; ++k) {
    term *= square / 4.0 / (k * k);
    sum += term;
  }
  return sum;
}

// sin(pi * numerator / denominator), exact reduction to the first half turn.
constexpr double SinPi(int numerator, int denominator) {
  int reduced = numerator % (2 * denominator);
  reduced = reduced < 0 ? reduced + 2 * denominator : reduced;
  const bool negative = reduced >= denominator;
  reduced = negative ? reduced - denominator : reduced;
  reduced = 2 * reduced > denominator ? denominator - reduced : reduced;
  const double x = kPi * reduced / denominator;
  double term = x;
  double sum = x;
  for (int k = 1; k < 15; ++k) {
    term *= -x * x / ((2.0 * k) * (2.0 * k + 1.0));
    sum += term;
  }
  return negative ? -sum : sum;
}

// The windowed low-pass at `distance` samples of the common rate from its middle; that rate is
// `ratio` times the lower one, whose half is the cut-off.
constexpr double LowPass(int distance, int ratio) {
  const int half = kResamplerTaps / 2 * ratio;
  if (distance <= -half || distance >= half) {
    return 0.0;
  }
  const double place = static_cast<double>(distance) / half;
  const double window = BesselI0OfRoot(kKaiserBeta * kKaiserBeta * (1.0 - place * place)) /
                        BesselI0OfRoot(kKaiserBeta * kKaiserBeta);
  if (distance == 0) {
    return window;
  }
  return window * SinPi(distance, ratio) / (kPi * distance / ratio);
}

constexpr int FloorDivide(int dividend, int divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

}  // namespace resampler_math

// A view of one filter bank.
//
// Where L is large, few outputs share a filter: then `is_rational`, and the taps of one output lie
// in one row, for a stream that is not taken apart.
struct ResamplerBank {
  size_t interpolation;           // L: outputs in each group
  size_t decimation;              // M: inputs in each group
  size_t branch_taps;             // of every branch; even
  std::span<const int16_t> taps;  // [output][input][tap], oldest sample first
  bool is_rational = false;       // [output][tap], oldest sample first

  // Samples that each input stream, or the one of a rational bank, keeps between frames.
  [[nodiscard]] constexpr size_t branch_history() const { return branch_taps - 1; }

  [[nodiscard]] constexpr std::span<const int16_t> Branch(size_t output, size_t input) const {
    return taps.subspan((output * decimation + input) * branch_taps, branch_taps);
  }
};

// The taps of one ratio, and everything that must hold of them.
template <int kInterpolation, int kDecimation>
class ResamplerTable {
 public:
  static constexpr int kRatio = kInterpolation > kDecimation ? kInterpolation : kDecimation;
  // Taps that one output meets, over all its branches.
  static constexpr int kOutputTaps = kResamplerTaps * kRatio / kInterpolation;
  // The oldest group of inputs that the first output of a group needs, counted back from its own.
  static constexpr int kGroupsBack = -resampler_math::FloorDivide(1 - kOutputTaps, kDecimation);
  static constexpr int kBranchTaps = (kGroupsBack + 1 + 1) / 2 * 2;
  static constexpr size_t kSize = size_t{kInterpolation} * kDecimation * kBranchTaps;

  [[nodiscard]] constexpr ResamplerBank bank() const {
    return {kInterpolation, kDecimation, kBranchTaps, taps_};
  }

  constexpr ResamplerTable() {
    for (int output = 0; output < kInterpolation; ++output) {
      FillOutput(output);
    }
  }

  // Largest sum of |taps| that one output meets: times 32768, it bounds the accumulator.
  [[nodiscard]] constexpr int64_t MagnitudeMax() const {
    int64_t largest = 0;
    for (size_t output = 0; output < kInterpolation; ++output) {
      int64_t sum = 0;
      for (size_t i = 0; i < kOutputStride; ++i) {
        const int64_t tap = taps_[output * kOutputStride + i];
        sum += tap < 0 ? -tap : tap;
      }
      largest = sum > largest ? sum : largest;
    }
    return largest;
  }

 private:
  static constexpr size_t kOutputStride = size_t{kDecimation} * kBranchTaps;

  // Place of the tap that meets the input `offset` samples after the first of its group.
  static constexpr size_t IndexOf(int output, int offset) {
    const int group = resampler_math::FloorDivide(offset, kDecimation);
    const int input = offset - group * kDecimation;
    const int tap = kBranchTaps - 1 + group;
    return static_cast<size_t>((output * kDecimation + input) * kBranchTaps + tap);
  }

  // Rounds the taps of one output to Q14, and gives what rounding made of their sum back to the
  // largest: the gain at DC is exactly 1.
  constexpr void FillOutput(int output) {
    const int newest = output * kDecimation / kInterpolation;
    const int phase = output * kDecimation % kInterpolation;
    std::array<double, kOutputTaps> exact{};
    double exact_sum = 0.0;
    for (int i = 0; i < kOutputTaps; ++i) {
      const int distance = phase + kInterpolation * i - kResamplerTaps / 2 * kRatio;
      exact[static_cast<size_t>(i)] = resampler_math::LowPass(distance, kRatio);
      exact_sum += exact[static_cast<size_t>(i)];
    }
    int32_t sum = 0;
    size_t largest = IndexOf(output, newest);
    for (int i = 0; i < kOutputTaps; ++i) {
      const double scaled = exact[static_cast<size_t>(i)] / exact_sum * kUnityQ14;
      const size_t index = IndexOf(output, newest - i);
      taps_[index] = static_cast<int16_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      sum += taps_[index];
      largest = taps_[index] > taps_[largest] ? index : largest;
    }
    taps_[largest] = static_cast<int16_t>(taps_[largest] + kUnityQ14 - sum);
  }

  std::array<int16_t, kSize> taps_{};
};

}  // namespace parley
