// Digits as RTP telephone events (RFC 4733), received and sent.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"

namespace parley {

inline constexpr size_t kTelephoneEventBytes = 4;

// The clock of events nearly everywhere, also where the stream has another.
inline constexpr uint32_t kTelephoneEventClockHz = 8000;

// 0-9, *, #, A-D are the events 0 to 15 (RFC 4733 3.2); others are no digits.
inline constexpr uint8_t kDigitEvents = 16;

// The character of a digit event; nothing for other events.
std::optional<char> DigitOf(uint8_t event) PARLEY_NONBLOCKING;

// The event of a digit's character, lower case letters included; nothing for other characters.
std::optional<uint8_t> EventOf(char digit) PARLEY_NONBLOCKING;

// Whether it may be sent: a digit, or the wait `w` or `W`.
bool IsTelephoneKey(uint8_t key) PARLEY_NONBLOCKING;

// One packet's payload (RFC 4733 2.3).
struct TelephoneEvent {
  uint8_t event = 0;
  bool end = false;
  uint8_t volume = 0;     // -dBm0, 0 to 63
  uint16_t duration = 0;  // timestamp units since the timestamp of the packet

  bool operator==(const TelephoneEvent&) const = default;
};

// The event in `payload`, or nothing when it is too short. Events that follow without a pause may
// share a payload (2.5.1.5); digits, which have pauses, do not, and only the first is read.
std::optional<TelephoneEvent> ParseTelephoneEvent(std::span<const uint8_t> payload)
    PARLEY_NONBLOCKING;

// REQUIRES: event.volume <= 63.
void WriteTelephoneEvent(const TelephoneEvent& event,
                         std::span<uint8_t, kTelephoneEventBytes> out) PARLEY_NONBLOCKING;

// Tells each press of one source once, however its packets are repeated, reordered or lost. To
// begin another source, assign a new one.
//
// A press is known by its timestamp: all its packets carry the same. Any packet of it will do, the
// last alone too. A press too long for the duration field goes on as a new segment under the
// timestamp where the one before ended (2.5.1.3). A lost end needs nothing: the next press has
// another timestamp.
//
// Durations may be of a slower clock than timestamps, as those of 8000 Hz beside Opus are; senders
// differ in which of both clocks the timestamp of the next segment goes by.
//
// One thread; real-time safe.
class TelephoneEventReceiver {
 public:
  // `units`: of the timestamps in one of the durations. REQUIRES: 1 to 6.
  explicit TelephoneEventReceiver(uint32_t units = 1) : units_(units) {}

  // Takes one packet; returns the digit when a press begins with it. Packets of a press older than
  // the newest tell nothing, except 2 s after the newest went silent: the source's clock has
  // jumped then. Events that are no digits tell nothing either, but count as pressed.
  std::optional<char> OnPacket(uint32_t timestamp, const TelephoneEvent& event,
                               int64_t arrival_ns) PARLEY_NONBLOCKING;

  // True from the first packet of a press to its end, or to 150 ms without a packet of it. The
  // sound of the leg does not belong in the mix meanwhile: it may be the tone.
  bool pressed(int64_t now_ns) const PARLEY_NONBLOCKING;

  // Presses begun, of digits and of other events; wraps.
  uint32_t presses() const { return presses_; }
  // Where the newest press began, and how long it lasted as far as packets told, all its segments
  // together; in timestamp units.
  uint32_t press_timestamp() const { return press_timestamp_; }
  uint32_t press_units() const { return earlier_units_ + uint32_t{duration_} * units_; }
  // The end of the newest press was told.
  bool has_ended() const { return ended_; }

 private:
  bool Continues(uint32_t timestamp, const TelephoneEvent& event) const;

  uint32_t units_;
  bool seen_ = false;
  bool ended_ = true;
  uint8_t event_ = 0;
  uint16_t duration_ = 0;  // longest reported of this segment
  uint32_t timestamp_ = 0;
  uint32_t presses_ = 0;
  uint32_t press_timestamp_ = 0;
  uint32_t earlier_units_ = 0;  // of the segments before this
  int64_t last_packet_ns_ = 0;
};

// Makes the packets of digits to be sent, one for each frame. One thread; real-time safe.
class TelephoneEventSender {
 public:
  static constexpr size_t kQueueMax = 64;
  static constexpr uint32_t kPressMs = 120;
  static constexpr uint32_t kPauseMs = 60;
  // What `w` and `W` stand for.
  static constexpr uint32_t kShortWaitMs = 500;
  static constexpr uint32_t kLongWaitMs = 1000;

  struct Packet {
    TelephoneEvent event;
    bool marker;         // first of a press
    uint32_t timestamp;  // of the press
  };

  // Queues a digit, or the wait `w` or `W`; false when the queue is full or the character is none
  // of them.
  bool Queue(char digit) PARLEY_NONBLOCKING;

  // What goes out in place of the frame of sound that begins at `timestamp` and lasts
  // `frame_units`, in units of `clock_rate_hz`, the clock of the event's payload type; nothing when
  // no digit sounds. A press lasts kPressMs, rounded up to frames; its last packet is returned for
  // three frames (2.5.1.4), and then comes a pause of kPauseMs. Sequence numbers go on as for
  // sound. REQUIRES: frame_units > 0, clock_rate_hz <= 48000.
  std::optional<Packet> Next(uint32_t timestamp, uint32_t frame_units,
                             uint32_t clock_rate_hz) PARLEY_NONBLOCKING;

  // Digits and waits not yet sent to their end; the pause behind a digit is part of the next.
  size_t queued() const { return count_; }
  // False when Next has nothing to do.
  bool is_busy() const { return count_ > 0 || pause_units_ > 0; }

 private:
  void BeginWait(uint32_t clock_rate_hz);
  void PopFront();

  size_t count_ = 0;
  bool sounding_ = false;
  std::array<uint8_t, kQueueMax> queue_{};  // events and waits, in a ring
  size_t head_ = 0;
  uint32_t began_timestamp_ = 0;
  uint32_t ends_sent_ = 0;
  uint32_t pause_units_ = 0;
};

}  // namespace parley
