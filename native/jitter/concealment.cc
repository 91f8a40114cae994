#include "jitter/concealment.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

// An untrusted guess still joins on smoothly: it starts whole and comes down within 1 ms.
constexpr uint32_t kJoinMs = 1;

// What is kept of a guess `age` samples away from the true signal. Every further period is as much
// less like the truth as the last known one was unlike the one before it.
float Scale(const Pitch& pitch, uint32_t age, uint32_t rate_hz) {
  const float alike = std::clamp(pitch.correlation, 0.0F, 1.0F);
  const float periods = 1.0F + static_cast<float>(age) / static_cast<float>(pitch.lag_samples);
  const float trust = std::pow(alike, periods);
  const uint32_t join = SamplesIn(kJoinMs, rate_hz);
  const uint32_t hold = SamplesIn(kConcealHoldMs, rate_hz);
  const uint32_t fade = SamplesIn(kConcealFadeMs, rate_hz);
  if (age < join) {
    return 1.0F - (1.0F - trust) * static_cast<float>(age) / static_cast<float>(join);
  }
  if (age <= hold) return trust;
  if (age >= hold + fade) return 0.0F;
  return trust * (1.0F - static_cast<float>(age - hold) / static_cast<float>(fade));
}

}  // namespace

void Concealment::Begin(std::span<const int16_t> before, uint32_t rate_hz) {
  open_ = true;
  rate_hz_ = rate_hz;
  filled_ = 0;
  pitch_ = FindPitch(before, rate_hz);
  PARLEY_ASSERT(pitch_.lag_samples <= period_.size());
  std::copy_n(before.end() - pitch_.lag_samples, pitch_.lag_samples, period_.begin());
}

float Concealment::GuessAt(uint32_t age) const {
  return Scale(pitch_, age, rate_hz_) * static_cast<float>(period_[age % pitch_.lag_samples]);
}

bool Concealment::Fill(std::span<const int16_t> after, std::span<int16_t> piece) {
  PARLEY_ASSERT(open_);
  const auto count = static_cast<uint32_t>(piece.size());
  if (after.empty()) {
    const bool gone = filled_ >= SamplesIn(kConcealHoldMs + kConcealFadeMs, rate_hz_);
    for (uint32_t i = 0; i < count; ++i) {
      piece[i] = gone ? int16_t{0} : static_cast<int16_t>(std::lrintf(GuessAt(filled_ + i)));
    }
    filled_ = std::min(filled_ + count, SamplesIn(1000, rate_hz_));
    return !gone;
  }

  // Seen backwards, what follows the gap comes before it.
  const size_t window = std::min<size_t>(after.size(), PitchWindowSamples(rate_hz_));
  std::array<int16_t, PitchWindowSamples(48000)> mirrored;
  std::reverse_copy(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(window),
                    mirrored.begin());
  const Pitch pitch = FindPitch(std::span(mirrored).first(window), rate_hz_);
  const int16_t* period = mirrored.data() + window - pitch.lag_samples;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t left = count - 1 - i;
    const float backwards =
        Scale(pitch, left, rate_hz_) * static_cast<float>(period[left % pitch.lag_samples]);
    const float weight = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    const float value = GuessAt(filled_ + i) * (1.0F - weight) + backwards * weight;
    piece[i] = static_cast<int16_t>(std::lrintf(std::clamp(value, -32768.0F, 32767.0F)));
  }
  filled_ += count;
  return true;
}

}  // namespace parley
