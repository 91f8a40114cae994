#include "engine/digits_in.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/serial_number.h"
#include "base/units.h"

namespace parley {
namespace {

// Longer than any sound waits to be played.
constexpr int64_t kWindowKeptNs = 2 * kNsPerSecond;

// A press is no farther than this from the sound beside it.
constexpr uint32_t kAheadSecondsMax = 2;

// Silence is decided on for so much of a frame at once.
constexpr uint32_t kBlocksPerSecond = 1000;

}  // namespace

DigitsIn::DigitsIn(const DigitsInConfig& config)
    : clock_rate_hz_(config.clock_rate_hz),
      sample_rate_hz_(config.sample_rate_hz),
      event_units_(config.clock_rate_hz / config.event_clock_hz),
      delay_units_(SamplesIn(config.codec_delay_ms, config.clock_rate_hz)),
      receiver_(event_units_) {
  PARLEY_ASSERT(clock_rate_hz_ >= 8000 && sample_rate_hz_ >= 8000);
  PARLEY_ASSERT(clock_rate_hz_ % config.event_clock_hz == 0 && event_units_ <= 6);
}

void DigitsIn::OnPacket(const RtpPacketView& packet, int64_t arrival_ns,
                        Stats& stats) PARLEY_NONBLOCKING {
  const std::optional<TelephoneEvent> event = ParseTelephoneEvent(packet.payload);
  if (!event) {
    ++stats->packets_invalid;
    return;
  }
  const uint32_t presses_before = receiver_.presses();
  receiver_.OnPacket(packet.header.timestamp, *event, arrival_ns);
  if (receiver_.presses() != presses_before) {
    // The end of the one before was lost.
    Finish(stats);
    OpenWindow();
    is_press_open_ = true;
    event_ = event->event;
  }
  if (!is_press_open_) return;
  last_packet_ns_ = arrival_ns;
  windows_[windows_count_ - 1].end =
      receiver_.press_timestamp() + offset_ + receiver_.press_units();
  if (receiver_.has_ended()) Finish(stats);
}

void DigitsIn::Reset(Stats& stats) PARLEY_NONBLOCKING {
  Finish(stats);
  receiver_ = TelephoneEventReceiver(event_units_);
  sound_timestamp_.reset();
  windows_count_ = 0;
}

// Where events have a clock of their own, some senders count their timestamps in it too, from
// wherever it stands. Far from those of the sound, such a press begins with the newest of it.
uint32_t DigitsIn::OffsetOfPress() const {
  if (event_units_ == 1 || !sound_timestamp_) return 0;
  const int32_t ahead = SerialDistance32(*sound_timestamp_, receiver_.press_timestamp());
  const auto far = static_cast<int32_t>(kAheadSecondsMax * clock_rate_hz_);
  if (ahead >= -far && ahead <= far) return 0;
  return *sound_timestamp_ - receiver_.press_timestamp();
}

void DigitsIn::OpenWindow() {
  if (windows_count_ == kWindowsMax) {
    std::copy(windows_.begin() + 1, windows_.end(), windows_.begin());
    --windows_count_;
  }
  offset_ = OffsetOfPress();
  const uint32_t begin = receiver_.press_timestamp() + offset_;
  windows_[windows_count_++] = {.begin = begin, .end = begin, .is_open = true};
}

// The press is over, if there is one.
void DigitsIn::Finish(Stats& stats) {
  if (!is_press_open_) return;
  is_press_open_ = false;
  Window& window = windows_[windows_count_ - 1];
  window.is_open = false;
  const std::optional<char> digit = DigitOf(event_);
  if (!digit) return;
  if (presses_count_ == kPressesMax) {
    ++stats->digits_overflow;
    return;
  }
  ++stats->digits_received;
  const auto duration_ms =
      static_cast<uint32_t>(uint64_t{window.end - window.begin} * 1000 / clock_rate_hz_);
  presses_[(presses_head_ + presses_count_) % kPressesMax] = {.digit = *digit,
                                                              .duration_ms = duration_ms};
  ++presses_count_;
}

std::optional<DigitPress> DigitsIn::Take(int64_t now_ns, Stats& stats) PARLEY_NONBLOCKING {
  if (is_press_open_ && !receiver_.pressed(now_ns)) Finish(stats);
  if (presses_count_ == 0) return std::nullopt;
  const DigitPress press = presses_[presses_head_];
  presses_head_ = (presses_head_ + 1) % kPressesMax;
  --presses_count_;
  return press;
}

void DigitsIn::ForgetOldWindows(int64_t now_ns) {
  if (!is_press_open_ && now_ns - last_packet_ns_ >= kWindowKeptNs) windows_count_ = 0;
}

// Whether any of the media time from `begin` to `end` is of a press.
bool DigitsIn::IsSilent(uint32_t begin, uint32_t end) const {
  return std::any_of(windows_.begin(), windows_.begin() + windows_count_,
                     [&](const Window& window) {
                       const bool is_before_end =
                           window.is_open || SerialDistance32(begin, window.end + delay_units_) > 0;
                       return is_before_end && SerialDistance32(window.begin, end) > 0;
                     });
}

void DigitsIn::Silence(std::span<int16_t> frame, uint32_t timestamp, FrameKind kind,
                       int64_t now_ns) PARLEY_NONBLOCKING {
  if (windows_count_ == 0 && gain_ == 1) return;
  ForgetOldWindows(now_ns);
  const bool is_pressed = receiver_.pressed(now_ns);
  stand_ins_hushed_ = is_pressed || (stand_ins_hushed_ && kind != FrameKind::kPlayed);
  const bool is_hushed = stand_ins_hushed_ && kind != FrameKind::kPlayed;
  const size_t block = sample_rate_hz_ / kBlocksPerSecond;
  const uint32_t block_units = clock_rate_hz_ / kBlocksPerSecond;
  // So that the fade is over when the press begins.
  const uint32_t ahead_units = (kFadeMs + 1) * block_units;
  const float step = 1.0F / static_cast<float>(kFadeMs * block);
  for (size_t at = 0; at < frame.size(); at += block, timestamp += block_units) {
    const bool is_silent = is_hushed || IsSilent(timestamp, timestamp + ahead_units);
    if (!is_silent && gain_ == 1) continue;
    // Of a press that was known too late to fade, nothing is heard either.
    if (IsSilent(timestamp, timestamp + block_units)) gain_ = 0;
    for (int16_t& sample : frame.subspan(at, std::min(block, frame.size() - at))) {
      gain_ = std::clamp(gain_ + (is_silent ? -step : step), 0.0F, 1.0F);
      sample = static_cast<int16_t>(std::lrint(static_cast<float>(sample) * gain_));
    }
  }
}

}  // namespace parley
