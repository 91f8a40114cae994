// The keys that the peer of an RTP leg presses (RFC 4733): who presses what is told once, and no
// tone of them reaches the mix.
//
// An event comes before the sound it stands for is played: so what is silenced is chosen by media
// time. Some senders go on with their sound during a press, tone and all; others send none, and
// then nothing stands in for it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "engine/stats.h"
#include "jitter/playout.h"
#include "rtp/rtp_packet.h"
#include "rtp/telephone_event.h"

namespace parley {

// A key pressed and let go again.
struct DigitPress {
  char digit = 0;
  uint32_t duration_ms = 0;  // as far as packets told
};

// REQUIRES: all rates at least 8000; clock_rate_hz a multiple of event_clock_hz, six times at most.
struct DigitsInConfig {
  uint32_t clock_rate_hz;       // of the timestamps
  uint32_t sample_rate_hz;      // of the frames
  uint32_t event_clock_hz;      // of the durations
  uint32_t codec_delay_ms = 0;  // by which decoded sound comes behind its timestamp, rounded up
};

// One thread; real-time safe; about 300 bytes.
class DigitsIn {
 public:
  // Presses told and not yet taken. At one a turn, a third of a second: nobody types so fast.
  static constexpr size_t kPressesMax = 16;
  // Presses whose sound may still be to be played.
  static constexpr size_t kWindowsMax = 8;
  // The sound fades away so long before a press, and in so long behind it.
  static constexpr uint32_t kFadeMs = 5;

  explicit DigitsIn(const DigitsInConfig& config);

  // Takes note of a packet of sound.
  void OnSound(uint32_t timestamp) PARLEY_NONBLOCKING { sound_timestamp_ = timestamp; }

  // Takes a packet of the telephone-event payload type.
  void OnPacket(const RtpPacketView& packet, int64_t arrival_ns, Stats& stats) PARLEY_NONBLOCKING;

  // Another source begins: a press under way is over.
  void Reset(Stats& stats) PARLEY_NONBLOCKING;

  // The next press that is over, one a turn; to be called every turn.
  std::optional<DigitPress> Take(int64_t now_ns, Stats& stats) PARLEY_NONBLOCKING;

  // Silences what of `frame` is of a press. `timestamp`: of its first sample. A frame that stands
  // in for sound is silenced whole while a key is pressed, and until there is sound again.
  void Silence(std::span<int16_t> frame, uint32_t timestamp, FrameKind kind,
               int64_t now_ns) PARLEY_NONBLOCKING;

  // What few turns need begins here.
  const void* seldom() const { return &clock_rate_hz_; }

 private:
  // The media time of a press.
  struct Window {
    uint32_t begin = 0;
    uint32_t end = 0;
    bool is_open = false;  // goes on beyond `end`
  };

  void OpenWindow();
  uint32_t OffsetOfPress() const;
  void ForgetOldWindows(int64_t now_ns);
  void Finish(Stats& stats);
  bool IsSilent(uint32_t begin, uint32_t end) const;

  // What every turn looks at comes first.
  size_t windows_count_ = 0;
  size_t presses_count_ = 0;
  float gain_ = 1;
  bool is_press_open_ = false;
  uint8_t event_ = 0;                        // of the open press
  std::optional<uint32_t> sound_timestamp_;  // of the last packet of sound

  uint32_t clock_rate_hz_;
  uint32_t sample_rate_hz_;
  uint32_t event_units_;  // of the timestamps in one of the durations
  uint32_t delay_units_;  // of the codec
  TelephoneEventReceiver receiver_;
  uint32_t offset_ = 0;  // from the timestamps of the press to those of sound
  int64_t last_packet_ns_ = 0;
  bool stand_ins_hushed_ = false;

  size_t presses_head_ = 0;
  std::array<DigitPress, kPressesMax> presses_{};  // in a ring
  std::array<Window, kWindowsMax> windows_{};      // oldest first
};

}  // namespace parley
