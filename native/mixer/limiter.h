// SPDX-License-Identifier: Apache-2.0
// Turns an exact int32 mix into int16 without wrapping or clipping, and without touching a mix
// that fits.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace parley {

// Largest magnitude that is left alone: -1 dBFS, 32767 * 10^(-1/20) rounded to the nearest. The
// limiter brings louder mixes down to this level, so the last decibel is left for what a codec
// or resampler after it adds to a peak.
inline constexpr uint32_t kLimiterCeiling = 29204;

// The state of one mix class. Not thread-safe; real-time safe. A plain value: a copy (a listener
// that leaves the shared class) goes on exactly as the original would.
//
// Invariants: 1. gain is in (0, 1]. 2. While gain is 1 and no peak exceeds kLimiterCeiling the
// output equals the input. 3. No output sample is beyond int16, whatever the input.
class Limiter {
 public:
  // True when a frame with this peak leaves as it came: narrowing it is then all there is to do,
  // and Process need not be called.
  [[nodiscard]] bool IsTransparent(uint32_t peak) const {
    return gain_ == 1.0F && peak <= kLimiterCeiling;
  }

  // Limits one frame of 20 ms and narrows it to int16.
  // REQUIRES: sizes equal, one of 160, 320, 480 and 960.
  void Process(std::span<const int32_t> mix, std::span<int16_t> out);

  // Gain at the end of the last frame; 1 when at rest.
  [[nodiscard]] float gain() const { return gain_; }

 private:
  float gain_ = 1.0F;
};

}  // namespace parley
