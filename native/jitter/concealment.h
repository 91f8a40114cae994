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

  // Writes what stands in for sound that is not there. True while any of it can be heard.
  bool Fill(std::span<int16_t> out) PARLEY_NONBLOCKING;

  // Takes sound about to be played; its start is blended in place when it follows a gap or a jump.
  // The first sound ever is left as it is.
  void Pass(std::span<int16_t> sound) PARLEY_NONBLOCKING;

  // What is passed next does not continue what was passed last.
  void Jump() PARLEY_NONBLOCKING;

 private:
  int16_t NextFaded();
  void Blend(std::span<int16_t> sound);
  void Remember(std::span<const int16_t> sound);

  uint32_t history_max_;  // samples: one frame
  uint32_t fade_samples_;
  uint32_t recover_samples_;
  std::array<int16_t, kFrameSamplesMax> history_;  // the last sound passed, oldest first
  uint32_t history_samples_ = 0;
  uint32_t faded_samples_ = 0;  // of this gap so far, at most fade_samples_
  uint32_t recover_left_ = 0;   // samples still to be blended
};

}  // namespace parley
