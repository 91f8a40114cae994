// Decoded audio of one leg on its way to the mix: what was played last, and what is played next.
// Read at a rate that follows the sender's clock: a step of a few parts per million above or below
// one sample, by band-limited interpolation, so that drift is corrected without a seam.

#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/prefetch.h"
#include "base/realtime.h"
#include "base/units.h"
#include "jitter/wide_memory.h"

namespace parley {

// The largest correction: 2000 ppm is twenty times what a sound card is off.
inline constexpr int32_t kDriftPpmMax = 2000;

// One object per leg; about 9 KiB. Real-time safe. Neither copied nor moved.
class SampleQueue {
 public:
  // Played audio kept for concealment and for the interpolation filter.
  static constexpr uint32_t kHistoryMs = 40;
  // Waiting audio at 16 kHz: a packet of 200 ms, which every receiver should take (RFC 3551 4.2), a
  // frame, and some of a stretch. At 8 kHz there is room for twice as much.
  static constexpr uint32_t kWaitingMs = 230;
  // Samples the filter looks ahead of the one it makes: 1 ms at 8 kHz.
  static constexpr uint32_t kLookAhead = 8;

  // `wide`: what it is kept in at rates above kNarrowRateHzMax; must outlive this and serve nobody
  // else. Null where there is no such rate.
  explicit SampleQueue(WideMemory* wide);
  SampleQueue(const SampleQueue&) = delete;
  SampleQueue& operator=(const SampleQueue&) = delete;

  // Empties the queue for a stream at `rate_hz`; history is silence.
  // REQUIRES: rate_hz <= kNarrowRateHzMax, or memory for more, up to 48000.
  void Reset(uint32_t rate_hz) PARLEY_NONBLOCKING;

  uint32_t rate_hz() const { return rate_hz_; }

  // The longest packet that there is always room for behind less than a frame: others never fit.
  uint32_t packet_samples_max() const {
    return static_cast<uint32_t>(samples_.size()) - SamplesIn(kHistoryMs, rate_hz_) -
           FrameSamples(rate_hz_);
  }

  // Samples not yet played.
  uint32_t waiting() const { return end_ - read_; }

  // Samples that must wait before Read can make `count` at `ppm`.
  uint32_t NeededFor(uint32_t count, int32_t ppm) const PARLEY_NONBLOCKING;

  // Room to write `count` more samples at the end; empty when they do not fit. Append commits them.
  std::span<int16_t> Room(uint32_t count) PARLEY_NONBLOCKING;
  void Append(uint32_t count) PARLEY_NONBLOCKING;

  // The waiting audio, for stretching in place, with room for `extra` samples behind it.
  std::span<int16_t> Waiting(uint32_t extra) PARLEY_NONBLOCKING;
  // Says how many samples wait after such a change.
  void SetWaiting(uint32_t count) PARLEY_NONBLOCKING;

  // The newest `count` samples, waiting ones included: what a gap at the end follows.
  std::span<int16_t> Newest(uint32_t count) PARLEY_NONBLOCKING;

  // Fills `frame` with the next samples, `ppm` parts per million faster (above 0) or slower than
  // one a sample. At 0 ppm, until another rate was ever asked for, an exact copy. REQUIRES:
  // waiting() >= NeededFor(frame.size(), ppm), |ppm| <= kDriftPpmMax.
  void Read(std::span<int16_t> frame, int32_t ppm) PARLEY_NONBLOCKING;

  // Goes to the nearest sample, so that Read copies again: for silence.
  void DropFraction() { fraction_ = 0; }

  // What every turn needs, soon, but for the samples.
  void Prefetch() const { PrefetchUpTo(this, &narrow_); }
  // Once that is here: the samples of the next frame.
  void PrefetchWaiting() const {
    parley::Prefetch(samples_.data() + read_, FrameSamples(rate_hz_) * sizeof(int16_t));
  }

 private:
  void MakeRoom(uint32_t count) PARLEY_NONBLOCKING;

  uint32_t rate_hz_ = 8000;
  uint32_t read_ = 0;
  uint32_t end_ = 0;
  // Place between sample read_ and the next, in 1/2^32.
  uint32_t fraction_ = 0;
  std::span<int16_t> samples_;  // all there is room for: those below, or wide ones
  // A frame of whole cache lines begins on one.
  alignas(32) std::array<int16_t, (kHistoryMs + kWaitingMs) * kNarrowRateHzMax / 1000> narrow_{};
};

}  // namespace parley
