// One playing of a clip, frame by frame.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "kernels/resampler.h"
#include "playback/clip.h"

namespace parley {

// A plain value, and not thread-safe; real-time safe. What a frame sounds like at a rate depends
// on its place alone: it may be rendered at any rates, any number of times, or not at all, and the
// frames of one rate join to the sample, over loops too.
//
// Invariants: 1. A stream is read and released by one reader alone. 2. What is late is waited for,
// not skipped: after silence the clip goes on where it was.
class ClipReader {
 public:
  enum class Turn : uint8_t {
    kSound,    // there is a frame, the last of a clip filled up with silence
    kStarved,  // it was not written in time: silence instead
    kEnded,    // all of it has been played: silence from now on
  };

  // Has ended.
  ClipReader() = default;

  // `loops`: times it is played, 0 for without end; a stream is played once whatever it says. Null
  // has ended at once. The clip must outlive the turn in which it ends.
  ClipReader(const Clip* clip, uint32_t loops);

  // The next frame of 20 ms. The clip is not touched any more once it said kEnded.
  Turn Advance() PARLEY_NONBLOCKING;

  // The frame has samples of the clip.
  bool has_sound() const { return frame_samples_ > 0; }

  // Writes the frame, as it is at `rate_hz`.
  // REQUIRES: IsSampleRate(rate_hz), frame.size() == FrameSamples(rate_hz).
  void Render(uint32_t rate_hz, std::span<int16_t> frame) const PARLEY_NONBLOCKING;

 private:
  // What a filter looks back to.
  static constexpr uint32_t kHistory = Resampler::kHistoryMax;

  Turn AdvanceWhole() PARLEY_NONBLOCKING;
  Turn AdvanceStream() PARLEY_NONBLOCKING;
  Turn End() PARLEY_NONBLOCKING;
  void Begin(uint32_t samples, uint32_t period) PARLEY_NONBLOCKING;
  void Copy(uint32_t back, std::span<int16_t> to) const PARLEY_NONBLOCKING;

  const Clip* clip_ = nullptr;  // null when it has ended
  bool is_endless_ = false;
  uint32_t loops_left_ = 0;  // after the one being played
  uint32_t position_ = 0;    // of the next frame: in a whole clip, or in a stream without end
  // The frame: `frame_samples_` from `frame_begin_` on, modulo `period_`; and before it `history_`
  // samples of this playing, at most kHistory.
  uint32_t frame_begin_ = 0;
  uint32_t frame_samples_ = 0;
  uint32_t period_ = 0;
  uint32_t history_ = 0;
};

}  // namespace parley
