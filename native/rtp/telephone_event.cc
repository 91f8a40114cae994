#include "rtp/telephone_event.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/byte_order.h"
#include "base/serial_number.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr std::array<char, kDigitEvents> kDigits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                                    '8', '9', '*', '#', 'A', 'B', 'C', 'D'};
constexpr uint8_t kEndBit = 0x80;
constexpr uint8_t kVolumeMask = 0x3f;
constexpr uint16_t kDurationMax = std::numeric_limits<uint16_t>::max();

// -10 dBm0, as loud as a telephone makes its tones.
constexpr uint8_t kVolume = 10;
constexpr uint32_t kEndPackets = 3;
// In the queue beside events.
constexpr uint8_t kShortWait = 254;
constexpr uint8_t kLongWait = 255;
static_assert(uint64_t{48000} / 1000 * TelephoneEventSender::kPressMs < kDurationMax,
              "a press that is sent fits one segment at every clock rate");

// Three times the 50 ms in which a sender is to say that it goes on (2.5.1.2).
constexpr int64_t kSilentPressNs = 150 * kNsPerMs;
// Longer than any packet is overtaken by another.
constexpr int64_t kLateNs = 2 * kNsPerSecond;

// How a key or wait stands in the queue.
std::optional<uint8_t> QueuedOf(char key) {
  if (key == 'w') return kShortWait;
  if (key == 'W') return kLongWait;
  return EventOf(key);
}

}  // namespace

std::optional<char> DigitOf(uint8_t event) PARLEY_NONBLOCKING {
  if (event >= kDigitEvents) return std::nullopt;
  return kDigits[event];
}

std::optional<uint8_t> EventOf(char digit) PARLEY_NONBLOCKING {
  const char upper = digit >= 'a' && digit <= 'd' ? static_cast<char>(digit - 'a' + 'A') : digit;
  const auto found = std::find(kDigits.begin(), kDigits.end(), upper);
  if (found == kDigits.end()) return std::nullopt;
  return static_cast<uint8_t>(found - kDigits.begin());
}

bool IsTelephoneKey(uint8_t key) PARLEY_NONBLOCKING {
  return QueuedOf(static_cast<char>(key)).has_value();
}

std::optional<TelephoneEvent> ParseTelephoneEvent(std::span<const uint8_t> payload)
    PARLEY_NONBLOCKING {
  if (payload.size() < kTelephoneEventBytes) return std::nullopt;
  return TelephoneEvent{.event = payload[0],
                        .end = (payload[1] & kEndBit) != 0,
                        .volume = static_cast<uint8_t>(payload[1] & kVolumeMask),
                        .duration = ReadBe16(&payload[2])};
}

void WriteTelephoneEvent(const TelephoneEvent& event,
                         std::span<uint8_t, kTelephoneEventBytes> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(event.volume <= kVolumeMask);
  out[0] = event.event;
  out[1] = static_cast<uint8_t>((event.end ? kEndBit : 0) | event.volume);
  WriteBe16(&out[2], event.duration);
}

// Whether this is the next segment of the press that is known (2.5.1.3). Its predecessor may have
// been cut at any length, and the last reports of a segment of full length may be lost.
bool TelephoneEventReceiver::Continues(uint32_t timestamp, const TelephoneEvent& event) const {
  const uint32_t distance = timestamp - timestamp_;
  return !ended_ && event.event == event_ &&
         (distance == duration_ || distance == kDurationMax || distance == duration_ * units_ ||
          distance == kDurationMax * units_);
}

std::optional<char> TelephoneEventReceiver::OnPacket(uint32_t timestamp,
                                                     const TelephoneEvent& event,
                                                     int64_t arrival_ns) PARLEY_NONBLOCKING {
  if (seen_ && timestamp == timestamp_) {
    if (event.event != event_) return std::nullopt;
    ended_ = ended_ || event.end;
    duration_ = std::max(duration_, event.duration);
    last_packet_ns_ = arrival_ns;
    return std::nullopt;
  }
  const bool is_older = seen_ && !IsNewer32(timestamp, timestamp_);
  if (is_older && arrival_ns - last_packet_ns_ < kLateNs) return std::nullopt;
  const bool continues = seen_ && Continues(timestamp, event);
  if (continues) {
    const uint32_t distance = timestamp - timestamp_;
    const bool is_whole = distance == kDurationMax || distance == kDurationMax * units_;
    earlier_units_ += (is_whole ? kDurationMax : duration_) * units_;
  } else {
    earlier_units_ = 0;
    press_timestamp_ = timestamp;
    ++presses_;
  }
  seen_ = true;
  ended_ = event.end;
  event_ = event.event;
  duration_ = event.duration;
  timestamp_ = timestamp;
  last_packet_ns_ = arrival_ns;
  if (continues) return std::nullopt;
  return DigitOf(event.event);
}

bool TelephoneEventReceiver::pressed(int64_t now_ns) const PARLEY_NONBLOCKING {
  return !ended_ && now_ns - last_packet_ns_ < kSilentPressNs;
}

bool TelephoneEventSender::Queue(char digit) PARLEY_NONBLOCKING {
  const std::optional<uint8_t> event = QueuedOf(digit);
  if (!event || count_ == kQueueMax) return false;
  queue_[(head_ + count_) % kQueueMax] = *event;
  ++count_;
  return true;
}

void TelephoneEventSender::PopFront() {
  head_ = (head_ + 1) % kQueueMax;
  --count_;
}

// A wait in front of the queue becomes a pause.
void TelephoneEventSender::BeginWait(uint32_t clock_rate_hz) {
  const uint8_t front = queue_[head_];
  if (front != kShortWait && front != kLongWait) return;
  pause_units_ = SamplesIn(front == kShortWait ? kShortWaitMs : kLongWaitMs, clock_rate_hz);
  PopFront();
}

std::optional<TelephoneEventSender::Packet> TelephoneEventSender::Next(
    uint32_t timestamp, uint32_t frame_units, uint32_t clock_rate_hz) PARLEY_NONBLOCKING {
  if (pause_units_ == 0 && count_ > 0 && !sounding_) BeginWait(clock_rate_hz);
  if (pause_units_ > 0) {
    pause_units_ -= std::min(pause_units_, frame_units);
    return std::nullopt;
  }
  if (count_ == 0) return std::nullopt;
  const bool begins = !sounding_;
  if (begins) {
    sounding_ = true;
    began_timestamp_ = timestamp;
    ends_sent_ = 0;
  }
  const uint32_t press_units = SamplesIn(kPressMs, clock_rate_hz);
  const uint32_t elapsed_units = timestamp - began_timestamp_ + frame_units;
  const bool ends = elapsed_units >= press_units;
  const Packet packet{
      .event = {.event = queue_[head_],
                .end = ends,
                .volume = kVolume,
                .duration = static_cast<uint16_t>(std::min(elapsed_units, press_units))},
      .marker = begins,
      .timestamp = began_timestamp_};
  if (ends && ++ends_sent_ == kEndPackets) {
    PopFront();
    sounding_ = false;
    pause_units_ = SamplesIn(kPauseMs, clock_rate_hz);
  }
  return packet;
}

}  // namespace parley
