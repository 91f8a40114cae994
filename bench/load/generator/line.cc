#include "line.h"

#include <algorithm>
#include <cstdlib>
#include <ranges>
#include <utility>

#include "base/byte_order.h"
#include "g711.h"
#include "now.h"

namespace parley::load {
namespace {

constexpr size_t kHeaderBytes = 12;
// Another place in the loop for each telephone: no two of a voice say the same at once.
constexpr size_t kFramesApart = 37;
constexpr int64_t kPaceLostNs = 60 * kNsPerMs;
// Chords that fit a frame and have no harmonic in common are as loud together wherever they lie.
constexpr double kPowerTolerance = 0.05;

// As near to what must be heard as µ-law allows: half a step of its segment.
bool IsAsGiven(int heard, int given) {
  return std::abs(heard - given) <= (std::abs(given) + 132) / 32 + 4;
}

double PowerOf(const auto& samples) {
  double power = 0;
  for (const int sample : samples) power += static_cast<double>(sample) * sample;
  return power;
}

}  // namespace

Line::Line(uint32_t number) : ssrc_(number + 1), first_frame_(number * kFramesApart) {}

void Line::Answer(Call call) {
  call_ = std::move(call);
  answered_ns_ = StampNs();
  paces_.clear();
  frame_ = first_frame_;
  has_heard_ = false;
  transits_.Forget();
  ForgetStretches();
}

void Line::HangUp() {
  call_ = {};
  expected_.clear();
  heard_.clear();
  ForgetStretches();
}

void Line::ForgetStretches() {
  stretches_.clear();
  keeps_next_ = is_keeping_ = false;
}

std::vector<Stretch> Line::TakeStretches() {
  std::vector<Stretch> taken = std::move(stretches_);
  ForgetStretches();
  return taken;
}

int64_t Line::SaysAt(int64_t at_ns) const {
  if (paces_.empty()) return 0;
  Pace pace = paces_.front();
  for (const Pace& later : paces_) {
    if (later.sent_ns <= at_ns) pace = later;
  }
  const int64_t samples = (at_ns - pace.sent_ns) * kEarRateHz / kNsPerSecond;
  const auto loop = static_cast<int64_t>(call_.voice->sound.size());
  const int64_t place = (static_cast<int64_t>(pace.frame) * kEarFrameSamples + samples) % loop;
  return (place + loop) % loop;
}

size_t Line::WriteNext(std::span<uint8_t> packet) {
  const int64_t now_ns = StampNs();
  const int64_t due_ns =
      paces_.empty()
          ? 0
          : paces_.back().sent_ns + static_cast<int64_t>(frame_ - paces_.back().frame) * kFrameNs;
  if (std::abs(now_ns - due_ns) > kPaceLostNs)
    paces_.push_back({.sent_ns = now_ns, .frame = frame_});
  const std::vector<uint8_t>& payload = call_.voice->payloads[frame_++ % call_.voice->frames()];
  packet[0] = 0x80;
  packet[1] = call_.payload_type;
  WriteBe16(&packet[2], sequence_);
  WriteBe32(&packet[4], timestamp_);
  WriteBe32(&packet[8], ssrc_);
  std::ranges::copy(payload, packet.begin() + kHeaderBytes);
  ++sequence_;
  timestamp_ += call_.clock_rate_hz / 50;
  const size_t bytes = kHeaderBytes + payload.size();
  return call_.srtp == nullptr ? bytes : call_.srtp->Protect(packet, bytes);
}

void Line::Receive(std::span<uint8_t> packet, int64_t stamp_ns, Tally* tally) {
  // RTCP has other numbers in the place of the payload type (RFC 5761).
  if (!is_up() || packet.size() < kHeaderBytes || (packet[1] & 0x7f) != call_.payload_type) return;
  const uint32_t timestamp = ReadBe32(&packet[4]);
  if (!has_heard_) first_timestamp_ = timestamp;
  has_heard_ = true;
  if (keeps_next_ || is_keeping_) Keep(packet, timestamp, stamp_ns);
  if (tally == nullptr) return;
  ++tally->received;
  const int64_t media_ns = int64_t{static_cast<int32_t>(timestamp - first_timestamp_)} *
                           kNsPerSecond / call_.clock_rate_hz;
  transits_.Add(stamp_ns - media_ns, tally->lateness);
  if (expects_frames()) Judge(packet.subspan(kHeaderBytes), *tally);
}

void Line::Keep(std::span<uint8_t> packet, uint32_t timestamp, int64_t stamp_ns) {
  if (keeps_next_) {
    stretches_.push_back(
        {.began_ns = stamp_ns, .payloads = std::vector<std::vector<uint8_t>>(kStretchFrames)});
    stretch_timestamp_ = timestamp;
    keeps_next_ = false;
    is_keeping_ = true;
  }
  const uint32_t place = (timestamp - stretch_timestamp_) / (call_.clock_rate_hz / 50);
  if (place >= kStretchFrames) {
    is_keeping_ = false;
    return;
  }
  size_t bytes = packet.size();
  if (call_.srtp != nullptr) bytes = call_.srtp->Unprotect(packet, bytes);
  if (bytes <= kHeaderBytes) return;
  const auto payload = packet.first(bytes).subspan(kHeaderBytes);
  stretches_.back().payloads[place].assign(payload.begin(), payload.end());
}

void Line::Expects(std::vector<int> frame) {
  expected_ = std::move(frame);
  expected_power_ = PowerOf(expected_);
  right_payload_.clear();
}

void Line::Judge(std::span<const uint8_t> payload, Tally& tally) {
  // Most are the same as the last, and need no decoding.
  const bool is_right = std::ranges::equal(payload, right_payload_) ||
                        std::ranges::equal(payload, expected_, IsAsGiven, ExpandMuLaw);
  if (is_right) {
    ++tally.right;
    right_payload_.assign(payload.begin(), payload.end());
  } else {
    ++tally.wrong;
    // The first of a call has none before it: it is judged by how loud it is.
    const bool is_again =
        heard_.empty() || std::ranges::equal(payload, heard_, IsAsGiven, ExpandMuLaw, ExpandMuLaw);
    const auto samples = std::views::transform(payload, ExpandMuLaw);
    if (is_again &&
        std::abs(PowerOf(samples) - expected_power_) < expected_power_ * kPowerTolerance)
      ++tally.moved;
  }
  heard_.assign(payload.begin(), payload.end());
}

}  // namespace parley::load
