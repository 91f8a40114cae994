// Fills what is missing of one stream, without a click at either end: the last sound is played
// back and forth while it fades, and fades over into what comes next. Plain on purpose; a
// pitch-based one takes its place later.
//
// One thread. Real-time safe. About 2 KiB.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "base/units.h"

namespace parley {

// From the start of a gap to silence.
inline constexpr uint32_t kConcealFadeMs = 40;
// From concealment, or silence after it, to the sound that follows.
inline constexpr uint32_t kRecoverMs = 5;

class Concealment {
 public:
  // REQUIRES: IsSampleRate(rate_hz).
  explicit Concealment(uint32_t rate_hz);

  // Writes what stands in for missing sound. Returns true while any of it can be heard.
  bool Fill(std::span<int16_t> out) PARLEY_NONBLOCKING;

  // Takes real sound that is about to be played; its start is blended when it follows a gap.
  void Pass(std::span<int16_t> sound) PARLEY_NONBLOCKING;

  // Forgets everything, as before the first sound.
  void Reset() PARLEY_NONBLOCKING;

 private:
  int16_t NextFaded();

  uint32_t history_samples_;  // 20 ms
  uint32_t fade_samples_;
  uint32_t recover_samples_;
  std::array<int16_t, kFrameSamplesMax> history_;  // ring of the last sound passed
  uint32_t history_end_ = 0;                       // where the next sample goes
  uint32_t history_filled_ = 0;                    // samples in it
  uint32_t faded_samples_ = 0;                     // of the gap so far, at most fade_samples_
  uint32_t recover_left_ = 0;
  bool in_gap_ = false;
};

}  // namespace parley
