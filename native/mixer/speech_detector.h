// Tells when a leg begins and stops to speak. Events and ranking go by it, never the sound.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/realtime.h"
#include "base/units.h"

namespace parley {

struct SpeechConfig {
  // Voice this long within half as much again begins speech: 20 to 840 ms.
  uint32_t start_ms = 200;
  // No voice for this long ends it: 20 ms or more.
  uint32_t stop_ms = 500;

  bool operator==(const SpeechConfig&) const = default;
};

// No more than this many changes in any ten seconds: a start and its stop are two.
inline constexpr size_t kSpeechChangesMax = 10;
inline constexpr uint32_t kSpeechChangesMs = 10'000;

enum class SpeechChange : uint8_t { kNone, kStarted, kStopped };

// The noise floor is the lowest level of the last 2.4 s (minimum statistics): steady noise is
// learnt in that time, and forgotten in it. Voice is a frame at least 10 dB above the floor, 6 dB
// once there is speech, and never fainter than -50 dBov. The floor is never taken to be above -30
// dBov, so that somebody loud who does not pause stays a talker.
//
// When changes come too often, a stop waits until kSpeechChangesMax allows it and the start that
// may follow; so a start never waits, except after stops from outside.
//
// Times are counted in frames of 20 ms: every frame of the leg is to be told, by one call. One
// object for each leg, about 110 bytes. One thread; real-time safe.
class SpeechDetector {
 public:
  // Times beyond their range count as its end.
  explicit SpeechDetector(const SpeechConfig& config);

  // Other times from the next frame on; what was learnt and who speaks stay. Range as above.
  void Configure(const SpeechConfig& config) PARLEY_NONBLOCKING;

  // Takes the level of one frame, 0 (loudest) to 127: -dBov as in RFC 6464.
  SpeechChange OnFrame(uint32_t level_dbov) PARLEY_NONBLOCKING;

  // One frame of which nothing is known, lost or not sent: no voice, and nothing about the noise.
  SpeechChange OnMissing() PARLEY_NONBLOCKING;

  // Silence from outside, effective at once: muted, held, gone. What was learnt of the noise stays.
  SpeechChange Stop() PARLEY_NONBLOCKING;

  bool speaking() const { return speaking_; }

  // The last frame was voice. Long before speech begins by the times above: who may be interrupted
  // goes by this, and takes a noise for a voice now and then.
  bool heard_voice() const { return (voiced_ & 1) != 0; }

  // Is a frame of this level far enough above the noise to be part of what is spoken? Asks less
  // than the beginning of speech does: 6 dB, and nothing of its loudness.
  bool MayBeVoice(uint32_t level_dbov) const;

  // Changes that had to wait because they came too often; not all of them came to pass.
  uint32_t changes_delayed() const { return changes_delayed_; }

  // The noise floor, 30 to 127: -dBov; 127 until 2.4 s have been heard.
  uint32_t noise_dbov() const { return noise_dbov_; }

 private:
  static constexpr uint32_t kWindows = 8;

  bool IsVoice(uint32_t level_dbov) const;
  void LearnNoise(uint32_t level_dbov);
  SpeechChange Advance(bool voice);
  bool MayChange(size_t changes) const;
  bool MayChangeNow(size_t changes);
  void CountChange();

  uint32_t start_frames_ = 0;
  uint32_t history_frames_ = 0;
  uint32_t stop_frames_ = 0;
  bool speaking_ = false;
  // Whether each of the last 64 frames was voice, the newest in bit 0.
  uint64_t voiced_ = 0;
  uint32_t silent_frames_ = 0;

  uint32_t noise_dbov_;
  // The lowest level of each of the last windows, and of the one being filled.
  std::array<uint8_t, kWindows> lowest_dbov_;
  uint8_t window_lowest_dbov_ = 0;
  uint32_t window_ = 0;
  uint32_t window_frames_ = 0;

  uint32_t frame_ = 0;  // now; wraps
  bool is_waiting_ = false;
  uint32_t changes_delayed_ = 0;
  // Frames of the last changes, in a ring whose oldest is at changes_head_.
  std::array<uint32_t, kSpeechChangesMax> changes_{};
  size_t changes_head_ = 0;
  size_t changes_count_ = 0;
};

}  // namespace parley
