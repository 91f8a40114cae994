// Comfort noise (RFC 3389): what a sender says about its background while it is silent, and noise
// that sounds like it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"

namespace parley {

// Of the sender's spectral model; what it says beyond is left out, as RFC 3389 3 allows.
inline constexpr size_t kComfortNoiseOrderMax = 10;

struct ComfortNoise {
  uint8_t level_dbov = 127;  // 0 (a full-scale square wave) to 127: -dBov, RFC 3389 3.1
  // Reflection coefficients of the all-pole model, each -0.98 to 0.98; zeros are white.
  std::array<float, kComfortNoiseOrderMax> reflection{};
  size_t order = 0;

  bool operator==(const ComfortNoise&) const = default;
};

// The description in `payload`, or nothing when it is empty. Total over any bytes.
std::optional<ComfortNoise> ParseComfortNoise(std::span<const uint8_t> payload) PARLEY_NONBLOCKING;

// Makes noise of a given level and spectrum, the same samples for the same seed and calls. Levels
// glide, so that neither the beginning nor a change clicks.
//
// One thread; real-time safe; about 150 bytes. White noise costs a few operations a sample,
// coloured four more for each coefficient.
class ComfortNoiseGenerator {
 public:
  // Give each leg its own seed: equal noises of two legs add up to one twice as loud, not to a
  // background. Silent until Set.
  // REQUIRES: rate_hz > 0.
  ComfortNoiseGenerator(uint32_t rate_hz, uint32_t seed);

  // What to sound like from now on. The level is reached in about 60 ms. No louder than -5 dBov,
  // beyond which noise would not fit its samples.
  void Set(const ComfortNoise& noise) PARLEY_NONBLOCKING;

  // Glides to silence.
  void Fade() PARLEY_NONBLOCKING;

  void Fill(std::span<int16_t> out) PARLEY_NONBLOCKING;

 private:
  float NextColoured();

  uint32_t random_;
  float glide_;       // part of the way to the level in one sample
  float level_ = 0;   // root mean square, in sample values
  float target_ = 0;  // of level_
  size_t order_ = 0;
  std::array<float, kComfortNoiseOrderMax> reflection_{};
  std::array<float, kComfortNoiseOrderMax> transmission_{};  // sqrt(1 - reflection^2)
  std::array<float, kComfortNoiseOrderMax> backward_{};      // state of the lattice
};

}  // namespace parley
