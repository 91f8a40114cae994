#include "rtp/comfort_noise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/assert.h"

namespace parley {
namespace {

constexpr uint8_t kLevelMask = 0x7f;
// The byte of a coefficient of zero, and the step between two bytes (RFC 3389 3.2).
constexpr int kReflectionZero = 127;
constexpr float kReflectionStep = 258.0F / 32768.0F;
// Closer to 1 the filter rings for longer than any background does.
constexpr float kReflectionMax = 0.98F;

constexpr float kFullScale = 32768.0F;
// The peak of evenly spread noise is 4.8 dB above its level.
constexpr uint8_t kLoudestDbov = 5;
constexpr uint8_t kSilenceDbov = 127;
// Time constant of a change of level.
constexpr float kGlideMs = 20.0F;

// Linear congruential generator modulo 2^32 (Knuth); its upper bits are random enough to hear.
constexpr uint32_t kMultiplier = 1'664'525;
constexpr uint32_t kIncrement = 1'013'904'223;

constexpr float kSampleMin = std::numeric_limits<int16_t>::min();
constexpr float kSampleMax = std::numeric_limits<int16_t>::max();

// The next number, spread evenly around 0 with a root mean square of 1.
float NextWhite(uint32_t& random) {
  constexpr float kScale = std::numbers::sqrt3_v<float> / 2147483648.0F;
  random = random * kMultiplier + kIncrement;
  return static_cast<float>(static_cast<int32_t>(random)) * kScale;
}

}  // namespace

std::optional<ComfortNoise> ParseComfortNoise(std::span<const uint8_t> payload) PARLEY_NONBLOCKING {
  if (payload.empty()) return std::nullopt;
  ComfortNoise noise;
  noise.level_dbov = payload[0] & kLevelMask;
  noise.order = std::min(payload.size() - 1, kComfortNoiseOrderMax);
  for (size_t i = 0; i < noise.order; ++i) {
    const float reflection = kReflectionStep * static_cast<float>(payload[i + 1] - kReflectionZero);
    noise.reflection[i] = std::clamp(reflection, -kReflectionMax, kReflectionMax);
  }
  return noise;
}

ComfortNoiseGenerator::ComfortNoiseGenerator(uint32_t rate_hz, uint32_t seed)
    : random_(seed), glide_(1.0F / (kGlideMs * static_cast<float>(rate_hz) / 1000.0F)) {
  PARLEY_ASSERT(rate_hz > 0);
}

void ComfortNoiseGenerator::Set(const ComfortNoise& noise) PARLEY_NONBLOCKING {
  const uint8_t dbov = std::clamp(noise.level_dbov, kLoudestDbov, kSilenceDbov);
  target_ = dbov == kSilenceDbov ? 0 : kFullScale * std::pow(10.0F, static_cast<float>(dbov) / -20);
  order_ = std::min(noise.order, kComfortNoiseOrderMax);
  for (size_t i = 0; i < order_; ++i) {
    reflection_[i] = std::clamp(noise.reflection[i], -kReflectionMax, kReflectionMax);
    transmission_[i] = std::sqrt(1 - reflection_[i] * reflection_[i]);
  }
}

void ComfortNoiseGenerator::Fade() PARLEY_NONBLOCKING { target_ = 0; }

// All-pole lattice in normalised form: each stage turns two numbers by an angle, which leaves their
// energy as it is. So the filter is as loud as what it is fed, whatever its coefficients are and
// however they change.
float ComfortNoiseGenerator::NextColoured() {
  float forward = NextWhite(random_);
  for (size_t i = order_; i-- > 0;) {
    const float backward = reflection_[i] * forward + transmission_[i] * backward_[i];
    forward = transmission_[i] * forward - reflection_[i] * backward_[i];
    if (i + 1 < kComfortNoiseOrderMax) backward_[i + 1] = backward;
  }
  backward_[0] = forward;
  return forward;
}

void ComfortNoiseGenerator::Fill(std::span<int16_t> out) PARLEY_NONBLOCKING {
  for (int16_t& sample : out) {
    level_ += glide_ * (target_ - level_);
    const float value = level_ * NextColoured();
    sample = static_cast<int16_t>(std::lrint(std::clamp(value, kSampleMin, kSampleMax)));
  }
}

}  // namespace parley
