// Finds the period of a voice: the step both concealment and time-stretching move by.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"

namespace parley {

// Periods looked for, in milliseconds: 400 Hz down to 62.5 Hz.
inline constexpr double kPitchPeriodMsMin = 2.5;
inline constexpr double kPitchPeriodMsMax = 16.0;

struct Pitch {
  // Samples at the rate of the signal.
  uint32_t lag_samples;
  // Normalised correlation of the signal with itself one lag later: 1 repeats exactly, 0 and below
  // does not repeat.
  float correlation;
};

// What FindPitch looks at: the stretch that is compared and the longest lag, 32 ms.
constexpr uint32_t PitchWindowSamples(uint32_t rate_hz) { return rate_hz / 1000 * 32; }
// It makes do with this much, and then finds no period above half of it.
constexpr uint32_t PitchWindowSamplesMin(uint32_t rate_hz) { return rate_hz / 1000 * 20; }

// The lag at which the second half of the window, the end of `signal`, repeats what came before.
// Searches at 8 kHz, refines at the full rate. About 10 us at 8 kHz.
// REQUIRES: signal.size() >= PitchWindowSamplesMin(rate_hz), rate_hz a multiple of 8000 up to
// 48000.
Pitch FindPitch(std::span<const int16_t> signal, uint32_t rate_hz) PARLEY_NONBLOCKING;

}  // namespace parley
