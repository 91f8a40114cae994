#include "jitter/pitch.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.h"

namespace parley {
namespace {

constexpr uint32_t kSearchRateHz = 8000;
constexpr uint32_t kSearchSamplesMax = PitchWindowSamples(kSearchRateHz);
constexpr uint32_t kLagMin = static_cast<uint32_t>(kPitchPeriodMsMin * kSearchRateHz / 1000);
constexpr uint32_t kLagMax = static_cast<uint32_t>(kPitchPeriodMsMax * kSearchRateHz / 1000);
static_assert(2 * kLagMax <= kSearchSamplesMax);

// Keeps the correlation of near silence at 0 instead of noise: about -84 dBov over the window.
constexpr float kEnergyFloor = 256.0F;

float Correlation(float product, float energy_a, float energy_b) {
  return product / std::sqrt((energy_a + kEnergyFloor) * (energy_b + kEnergyFloor));
}

// Correlation of the last `count` samples with those `lag` earlier.
float CorrelationAt(std::span<const int16_t> signal, size_t count, size_t lag) {
  const int16_t* now = signal.data() + signal.size() - count;
  const int16_t* before = now - lag;
  float product = 0;
  float energy_now = 0;
  float energy_before = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto a = static_cast<float>(now[i]);
    const auto b = static_cast<float>(before[i]);
    product += a * b;
    energy_now += a * a;
    energy_before += b * b;
  }
  return Correlation(product, energy_now, energy_before);
}

}  // namespace

Pitch FindPitch(std::span<const int16_t> signal, uint32_t rate_hz) {
  PARLEY_ASSERT(signal.size() >= PitchWindowSamplesMin(rate_hz));
  const uint32_t factor = rate_hz / kSearchRateHz;
  const auto search_samples =
      std::min(static_cast<uint32_t>(signal.size()) / factor, kSearchSamplesMax);
  const uint32_t compare_samples = search_samples / 2;
  const uint32_t lag_max = std::min(kLagMax, search_samples - compare_samples);
  const std::span<const int16_t> window = signal.last(size_t{search_samples} * factor);

  std::array<float, kSearchSamplesMax> slow;
  for (uint32_t i = 0; i < search_samples; ++i) {
    int32_t sum = 0;
    for (uint32_t k = 0; k < factor; ++k) sum += window[i * factor + k];
    slow[i] = static_cast<float>(sum) / static_cast<float>(factor);
  }

  const float* now = slow.data() + search_samples - compare_samples;
  float energy_now = 0;
  for (uint32_t i = 0; i < compare_samples; ++i) energy_now += now[i] * now[i];

  float energy_before = 0;
  for (uint32_t i = 0; i < compare_samples; ++i) {
    energy_before += now[static_cast<int32_t>(i) - static_cast<int32_t>(kLagMin)] *
                     now[static_cast<int32_t>(i) - static_cast<int32_t>(kLagMin)];
  }
  uint32_t best_lag = kLagMin;
  float best = -1.0F;
  for (uint32_t lag = kLagMin; lag <= lag_max; ++lag) {
    const float* before = now - lag;
    float product = 0;
    for (uint32_t i = 0; i < compare_samples; ++i) product += now[i] * before[i];
    const float correlation = Correlation(product, energy_now, energy_before);
    if (correlation > best) {
      best = correlation;
      best_lag = lag;
    }
    // The window moves one sample back for the next lag.
    if (lag < lag_max) {
      const float entering = before[-1];
      const float leaving = before[compare_samples - 1];
      energy_before = std::max(0.0F, energy_before + entering * entering - leaving * leaving);
    }
  }
  if (factor == 1) return {best_lag, best};

  Pitch refined{best_lag * factor, -1.0F};
  const size_t count = size_t{compare_samples} * factor;
  for (size_t lag = best_lag * factor - (factor - 1); lag <= best_lag * factor + (factor - 1);
       ++lag) {
    if (lag > window.size() - count) break;
    const float correlation = CorrelationAt(window, count, lag);
    if (correlation > refined.correlation) refined = {static_cast<uint32_t>(lag), correlation};
  }
  return refined;
}

}  // namespace parley
