// What a leg's voice may be given on its way into the mix, where it was asked for: a soft noise
// gate and a slow automatic gain. Both off, nothing is touched.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "mixer/limiter.h"

namespace parley {

struct ShapingConfig {
  bool noise_gate = false;
  bool automatic_gain = false;
};

// How a frame was judged before it is shaped.
struct VoiceFrame {
  uint32_t level_dbov = 127;  // 0 (loudest) to 127
  // It may be voice: not fainter than 6 dB above the noise, or nothing is known of the noise yet.
  bool may_be_voice = false;
  // It is voice, and has been for long enough to count as speech.
  bool is_speech = false;
};

// The gate brings what is no voice down by 12 dB, 300 ms after the last frame that may have been
// voice, and never to silence. A frame is judged as a whole before any of it is heard, so the gate
// is open from the start of the first frame of a word, but for a fade of 10 ms from -12 dB.
//
// The gain brings speech towards -26 dBov, by 12 dB at most either way and 3 dB in a second at
// most. It learns and moves in frames of speech alone, and from 400 ms of speech on. A limiter
// follows, so that nothing is clipped.
//
// One for each leg, about 90 bytes; one thread; real-time safe.
class VoiceShaper {
 public:
  static constexpr double kGateDb = -12.0;
  static constexpr double kGainMaxDb = 12.0;
  static constexpr double kSpeechDbov = 26.0;  // below overload

  // From the next frame on; what was learnt stays. Nothing is learnt while neither is asked for.
  void Configure(const ShapingConfig& config) { config_ = config; }

  // Shapes one frame of 20 ms in place; bit for bit the same when there is nothing to do.
  // REQUIRES: frame.size() one of 160, 320, 480 and 960.
  void Process(const VoiceFrame& judged, std::span<int16_t> frame) PARLEY_NONBLOCKING;

  // Gain at the end of the last frame, in tenths of a decibel.
  int32_t gain_cb() const;

 private:
  void Learn(const VoiceFrame& judged);

  ShapingConfig config_;
  float gain_ = 1.0F;       // at the end of the last frame
  float agc_db_ = 0.0F;     // what the automatic gain has come to
  float speech_db_ = 0.0F;  // mean level of speech, dBov
  uint32_t speech_frames_ = 0;
  uint32_t gate_frames_ = 0;  // until the gate closes
  Limiter limiter_;
};

}  // namespace parley
