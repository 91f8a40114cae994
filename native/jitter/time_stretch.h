// Shortens or lengthens speech by one pitch period without changing its pitch (WSOLA). Works in
// place on audio that is about to be played. Real-time safe.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "jitter/pitch.h"
#include "jitter/tone_step.h"

namespace parley {

// Speech that repeats itself less than this is not stretched: it would be heard.
inline constexpr float kStretchCorrelationMin = 0.85F;

// Samples both functions look at: the start of the audio, 32 ms.
constexpr uint32_t StretchWindowSamples(uint32_t rate_hz) { return PitchWindowSamples(rate_hz); }

// Most that one call adds or takes away.
constexpr uint32_t StretchSamplesMax(uint32_t rate_hz) {
  return static_cast<uint32_t>(kPitchPeriodMsMax) * (rate_hz / 1000);
}

// Takes one pitch period out of the window at the start of `audio`. Returns the samples taken; what
// follows has moved forward by as many. Returns 0 and changes nothing when the window cannot be
// shortened unheard: it does not repeat itself, or it is a tone.
// `tones_too` gives tones no shelter; one steady tone keeps its phase.
// REQUIRES: audio.size() >= StretchWindowSamples(rate_hz).
uint32_t ShortenByPeriod(std::span<int16_t> audio, uint32_t rate_hz, bool tones_too,
                         TonePhase& phase) PARLEY_NONBLOCKING;

// Repeats one pitch period inside the window at the start of `audio`, of which the first
// `audio_samples` are valid and the rest is room. Returns the samples added, or 0 when the window
// does not repeat itself, or is a tone without `tones_too`.
// REQUIRES: audio_samples >= StretchWindowSamples, room for StretchSamplesMax more.
uint32_t LengthenByPeriod(std::span<int16_t> audio, uint32_t audio_samples, uint32_t rate_hz,
                          bool tones_too, TonePhase& phase) PARLEY_NONBLOCKING;

// Adds `samples` to quiet audio by repeating its start behind a cross-fade. Returns the samples
// added: fewer when the audio is too short. REQUIRES: room for `samples` behind `audio_samples`.
uint32_t LengthenQuiet(std::span<int16_t> audio, uint32_t audio_samples, uint32_t samples,
                       uint32_t rate_hz) PARLEY_NONBLOCKING;

// Takes `samples` out of quiet audio behind a cross-fade of 2.5 ms at its start. Returns the
// samples taken: fewer when the audio is too short.
uint32_t ShortenQuiet(std::span<int16_t> audio, uint32_t samples,
                      uint32_t rate_hz) PARLEY_NONBLOCKING;

// One or two steady tones (a test tone, a digit, a dial tone): predictable from four samples to 30
// dB. Looks at the last 32 ms at 8 kHz. REQUIRES: audio.size() >= StretchWindowSamples(rate_hz).
bool IsTonal(std::span<const int16_t> audio, uint32_t rate_hz) PARLEY_NONBLOCKING;

}  // namespace parley
