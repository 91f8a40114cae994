#include "jitter/time_stretch.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.h"

namespace parley {
namespace {

constexpr uint32_t kSearchRateHz = 8000;
constexpr size_t kPredictionOrder = 4;
constexpr size_t kFadeSamplesMax = 48000 / 400;
// 30 dB; the noise of G.711 lies 38 dB below a tone, vowels are predictable to 15 to 25 dB.
constexpr double kTonalPredictionGain = 1000.0;

// `from` fading into `to`, both `count` samples, into `out` (which may be either).
void CrossFade(const int16_t* from, const int16_t* to, size_t count, int16_t* out) {
  for (size_t i = 0; i < count; ++i) {
    const float weight = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    const float mixed =
        static_cast<float>(from[i]) * (1.0F - weight) + static_cast<float>(to[i]) * weight;
    out[i] = static_cast<int16_t>(std::lrintf(mixed));
  }
}

// Solves the normal equations in place by Gaussian elimination; false when there is no answer.
bool Solve(std::array<std::array<double, kPredictionOrder + 1>, kPredictionOrder>& rows) {
  for (size_t i = 0; i < kPredictionOrder; ++i) {
    size_t pivot = i;
    for (size_t r = i + 1; r < kPredictionOrder; ++r) {
      if (std::abs(rows[r][i]) > std::abs(rows[pivot][i])) pivot = r;
    }
    if (std::abs(rows[pivot][i]) < 1e-6) return false;
    std::swap(rows[i], rows[pivot]);
    for (size_t r = 0; r < kPredictionOrder; ++r) {
      if (r == i) continue;
      const double factor = rows[r][i] / rows[i][i];
      for (size_t c = i; c <= kPredictionOrder; ++c) rows[r][c] -= factor * rows[i][c];
    }
  }
  for (size_t i = 0; i < kPredictionOrder; ++i) rows[i][kPredictionOrder] /= rows[i][i];
  return true;
}

// The lag to move by, 0 for none. `direction`: 1 to shorten, -1 to lengthen.
uint32_t UsableLag(std::span<const int16_t> window, uint32_t rate_hz, bool tones_too, int direction,
                   TonePhase& phase) {
  if (IsTonal(window, rate_hz)) {
    if (!tones_too) return 0;
    const double turns_per_sample = ToneTurnsPerSample(window, rate_hz);
    if (turns_per_sample > 0) return ToneLag(turns_per_sample, rate_hz, direction, phase);
  }
  phase = {};
  const Pitch pitch = FindPitch(window, rate_hz);
  return pitch.correlation >= kStretchCorrelationMin ? pitch.lag_samples : 0;
}

}  // namespace

bool IsTonal(std::span<const int16_t> audio, uint32_t rate_hz) {
  PARLEY_ASSERT(audio.size() >= StretchWindowSamples(rate_hz));
  const uint32_t factor = rate_hz / kSearchRateHz;
  constexpr size_t kSamples = StretchWindowSamples(kSearchRateHz);
  const std::span<const int16_t> window = audio.last(kSamples * factor);
  std::array<double, kSamples> x;
  for (size_t i = 0; i < kSamples; ++i) {
    int32_t sum = 0;
    for (uint32_t k = 0; k < factor; ++k) sum += window[i * factor + k];
    x[i] = static_cast<double>(sum) / factor;
  }

  // Least-squares prediction of each sample from the four before it (covariance method).
  std::array<std::array<double, kPredictionOrder + 1>, kPredictionOrder> rows{};
  double energy = 0;
  for (size_t n = kPredictionOrder; n < kSamples; ++n) {
    energy += x[n] * x[n];
    for (size_t i = 0; i < kPredictionOrder; ++i) {
      for (size_t j = 0; j < kPredictionOrder; ++j) rows[i][j] += x[n - 1 - i] * x[n - 1 - j];
      rows[i][kPredictionOrder] += x[n] * x[n - 1 - i];
    }
  }
  // Quieter than -70 dBov is nobody's tone.
  if (energy / kSamples < 100.0) return false;
  for (size_t i = 0; i < kPredictionOrder; ++i) rows[i][i] += energy * 1e-7;
  if (!Solve(rows)) return false;

  double error = 0;
  for (size_t n = kPredictionOrder; n < kSamples; ++n) {
    double predicted = 0;
    for (size_t i = 0; i < kPredictionOrder; ++i)
      predicted += rows[i][kPredictionOrder] * x[n - 1 - i];
    error += (x[n] - predicted) * (x[n] - predicted);
  }
  return energy > kTonalPredictionGain * error;
}

uint32_t ShortenByPeriod(std::span<int16_t> audio, uint32_t rate_hz, bool tones_too,
                         TonePhase& phase) {
  const uint32_t window = StretchWindowSamples(rate_hz);
  PARLEY_ASSERT(audio.size() >= window);
  const uint32_t lag = UsableLag(audio.first(window), rate_hz, tones_too, 1, phase);
  if (lag == 0) return 0;
  // The second half of the window repeats what came one lag before it: join there.
  int16_t* middle = audio.data() + window / 2;
  CrossFade(middle - lag, middle, lag, middle - lag);
  std::copy(middle + lag, audio.data() + audio.size(), middle);
  return lag;
}

uint32_t LengthenByPeriod(std::span<int16_t> audio, uint32_t audio_samples, uint32_t rate_hz,
                          bool tones_too, TonePhase& phase) {
  const uint32_t window = StretchWindowSamples(rate_hz);
  PARLEY_ASSERT(audio_samples >= window);
  PARLEY_ASSERT(audio.size() >= audio_samples + StretchSamplesMax(rate_hz));
  const uint32_t lag = UsableLag(audio.first(window), rate_hz, tones_too, -1, phase);
  if (lag == 0) return 0;
  int16_t* middle = audio.data() + window / 2;
  std::copy_backward(middle, audio.data() + audio_samples, audio.data() + audio_samples + lag);
  // Now the second half stands one lag later; between the two, it fades into its own past.
  CrossFade(middle + lag, middle - lag, lag, middle);
  return lag;
}

uint32_t LengthenQuiet(std::span<int16_t> audio, uint32_t audio_samples, uint32_t samples,
                       uint32_t rate_hz) {
  const uint32_t fade = rate_hz / 400;
  if (audio_samples <= fade) return 0;
  const uint32_t added = std::min(samples, audio_samples - fade);
  PARLEY_ASSERT(audio.size() >= audio_samples + added);
  // The start is heard twice: up to `added`, then from its beginning, into which it fades.
  int16_t onward[kFadeSamplesMax];
  std::copy_n(audio.begin() + added, fade, onward);
  std::copy_backward(audio.begin(), audio.begin() + audio_samples,
                     audio.begin() + audio_samples + added);
  CrossFade(onward, audio.data() + added, fade, audio.data() + added);
  return added;
}

uint32_t ShortenQuiet(std::span<int16_t> audio, uint32_t samples, uint32_t rate_hz) {
  const uint32_t fade = rate_hz / 400;
  if (audio.size() <= fade) return 0;
  const auto taken = std::min(samples, static_cast<uint32_t>(audio.size()) - fade);
  CrossFade(audio.data(), audio.data() + taken, fade, audio.data());
  std::copy(audio.begin() + taken + fade, audio.end(), audio.begin() + fade);
  return taken;
}

}  // namespace parley
