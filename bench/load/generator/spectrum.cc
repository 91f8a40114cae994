#include "spectrum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace parley::load {
namespace {

using Complex = std::complex<double>;

// Without the care for infinities that the operator takes.
Complex Times(const Complex& a, const Complex& b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

double Loudness(const Complex& bin) { return std::sqrt(std::norm(bin)); }

const std::array<Complex, kSpectrumSamples / 2>& Turns() {
  static const auto turns = [] {
    std::array<Complex, kSpectrumSamples / 2> made;
    for (size_t i = 0; i < made.size(); ++i) {
      made[i] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i) / kSpectrumSamples);
    }
    return made;
  }();
  return turns;
}

// In place, radix 2. Twice gives the same again, backwards and kSpectrumSamples times as large.
void Transform(std::span<Complex> values) {
  const size_t size = values.size();
  const auto& turns = Turns();
  for (size_t i = 1, reversed = 0; i < size; ++i) {
    size_t bit = size / 2;
    for (; (reversed & bit) != 0; bit /= 2) reversed ^= bit;
    reversed ^= bit;
    if (i < reversed) std::swap(values[i], values[reversed]);
  }
  for (size_t half = 1; half < size; half *= 2) {
    const size_t step = size / 2 / half;
    for (size_t at = 0; at < size; at += 2 * half) {
      for (size_t i = 0; i < half; ++i) {
        const Complex odd = Times(values[at + half + i], turns[i * step]);
        values[at + half + i] = values[at + i] - odd;
        values[at + i] += odd;
      }
    }
  }
}

static_assert(std::has_single_bit(kSpectrumSamples));

std::vector<double> SumsOfProducts(std::span<const Complex> said, std::span<const Complex> heard,
                                   double divisor) {
  // The transform of conjugates is the inverse one, conjugated.
  std::vector<Complex> bins(said.size());
  for (size_t i = 0; i < bins.size(); ++i) bins[i] = Times(std::conj(said[i]), heard[i]);
  Transform(bins);
  std::vector<double> sums(bins.size());
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = bins[i].real() / divisor;
  return sums;
}

}  // namespace

Spectrum::Spectrum(std::span<const float> sound) : bins_(kSpectrumSamples) {
  std::ranges::copy(sound, bins_.begin());
  Transform(bins_);
  double mean = 1;
  for (const Complex& bin : bins_) mean += Loudness(bin) / kSpectrumSamples;
  level_bins_ = bins_;
  for (Complex& bin : level_bins_) bin /= Loudness(bin) + mean;
}

std::vector<double> Spectrum::Products(const Spectrum& heard) const {
  return SumsOfProducts(bins_, heard.bins_, kSpectrumSamples);
}

std::vector<double> Spectrum::Likeness(const Spectrum& heard) const {
  double most = 1e-9;
  for (size_t i = 0; i < kSpectrumSamples; ++i) {
    most += Loudness(level_bins_[i]) * Loudness(heard.level_bins_[i]);
  }
  return SumsOfProducts(level_bins_, heard.level_bins_, most);
}

}  // namespace parley::load
