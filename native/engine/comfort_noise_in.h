// Comfort noise of a peer that is silent (RFC 3389): what stands in its pauses.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "engine/stats.h"
#include "jitter/playout.h"
#include "rtp/comfort_noise.h"
#include "rtp/rtp_packet.h"

namespace parley {

// One thread; real-time safe; about 200 bytes.
class ComfortNoiseIn {
 public:
  // `model_rate_hz`: the rate that the peer's model of its noise is for, the clock of the payload
  // type; a model for another rate than `sample_rate_hz` gives its level alone. `seed`: of the
  // noise, another for each leg.
  ComfortNoiseIn(uint32_t model_rate_hz, uint32_t sample_rate_hz, uint32_t seed);

  // The peer falls silent, or describes its silence anew.
  void OnPacket(const RtpPacketView& packet, Stats& stats) PARLEY_NONBLOCKING;

  // A packet with sound came.
  void OnSound() PARLEY_NONBLOCKING { has_sound_since_ = true; }

  // Another source begins.
  void Reset() PARLEY_NONBLOCKING;

  // Adds the noise to a frame of the playout that is not all sound, and lets it fade in one that
  // is. True when the frame has noise in it.
  bool Fill(std::span<int16_t> frame, FrameKind kind) PARLEY_NONBLOCKING;

  // What every turn looks at begins here, and goes on to the end.
  const void* often() const { return &is_own_rate_; }

 private:
  ComfortNoise noise_;
  ComfortNoiseGenerator generator_;
  uint32_t fade_frames_ = 0;
  bool is_own_rate_;
  bool is_silent_ = false;        // described its silence; sound may wait to be played before it
  bool has_sound_since_ = false;  // and came behind it
  bool is_audible_ = false;       // the noise has not faded out
};

}  // namespace parley
