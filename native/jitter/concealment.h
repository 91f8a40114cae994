// Fills a gap in a voice where a packet was lost (waveform substitution by pitch).
//
// What came before the gap is continued by its last pitch period; what comes after it, when that is
// already waiting in the jitter buffer, is continued backwards in the same way; the two are
// cross-faded. Each is scaled by how well the voice repeats itself, so that the expected error is
// never above that of plain silence, and fades out where the voice can no longer be guessed.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/prefetch.h"
#include "base/realtime.h"
#include "jitter/pitch.h"
#include "jitter/wide_memory.h"

namespace parley {

// A guess is kept whole for this long, and gone at the end of the fade: 10 ms, then 50 ms.
inline constexpr uint32_t kConcealHoldMs = 10;
inline constexpr uint32_t kConcealFadeMs = 50;

// Fills one gap, piece by piece. One object per leg, about half a KiB. Real-time safe.
// Neither copied nor moved.
class Concealment {
 public:
  // `wide`: needed at rates above kNarrowRateHzMax; must outlive this and serve nobody else.
  explicit Concealment(WideMemory* wide) {
    period_ = wide != nullptr ? std::span<int16_t>(wide->period) : narrow_;
  }
  Concealment(const Concealment&) = delete;
  Concealment& operator=(const Concealment&) = delete;

  // A gap begins behind `before`, the true signal: its last PitchWindowSamples are looked at, its
  // last period is kept. REQUIRES: before.size() >= PitchWindowSamples(rate_hz).
  void Begin(std::span<const int16_t> before, uint32_t rate_hz) PARLEY_NONBLOCKING;

  // Fills the next piece of the gap. `after` is the true signal that follows this piece directly,
  // at least PitchWindowSamplesMin; or empty while unknown. Returns false when all of it is
  // silence.
  bool Fill(std::span<const int16_t> after, std::span<int16_t> piece) PARLEY_NONBLOCKING;

  // The gap is over.
  void End() { open_ = false; }
  // It is not: goes on where it was ended. REQUIRES: a gap has begun.
  void Resume() { open_ = true; }
  bool open() const { return open_; }

  // Whether it is open, soon.
  void Prefetch() const { parley::Prefetch(&open_, sizeof(open_)); }

 private:
  float GuessAt(uint32_t age) const;

  bool open_ = false;
  uint32_t rate_hz_ = 8000;
  // Samples filled since Begin.
  uint32_t filled_ = 0;
  Pitch pitch_{1, 0.0F};
  std::span<int16_t> period_;  // where the last one is kept: here below, or in wide memory
  std::array<int16_t, static_cast<size_t>(kPitchPeriodMsMax) * kNarrowRateHzMax / 1000> narrow_{};
};

}  // namespace parley
