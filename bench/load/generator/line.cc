#include "line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ranges>
#include <utility>

#include "base/byte_order.h"
#include "g711.h"
#include "now.h"

namespace parley::load {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kDatagramBytesMax = 2048;
constexpr int kReceiveBufferBytes = 64 * 1024;
// Another place in the loop for each telephone: no two of a voice say the same at once.
constexpr size_t kFramesApart = 37;
constexpr int64_t kPaceLostNs = 60 * kNsPerMs;
// Chords that fit a frame and have no harmonic in common are as loud together wherever they lie.
constexpr double kPowerTolerance = 0.05;

sockaddr_in AddressOf(uint32_t host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

// As near to what must be heard as µ-law allows: half a step of its segment.
bool IsAsGiven(int heard, int given) {
  return std::abs(heard - given) <= (std::abs(given) + 132) / 32 + 4;
}

double PowerOf(const auto& samples) {
  double power = 0;
  for (const int sample : samples) power += static_cast<double>(sample) * sample;
  return power;
}

[[noreturn]] void GiveUp(const char* doing) {
  std::perror(doing);
  std::exit(1);
}

}  // namespace

Line::Line(uint32_t number) : ssrc_(number + 1), first_frame_(number * kFramesApart) {
  descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = AddressOf(INADDR_ANY, 0);
  socklen_t length = sizeof address;
  const int on = 1;
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (descriptor_ < 0 ||
      bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    GiveUp("rtp_load: a socket");
  }
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length);
  local_port_ = ntohs(address.sin_port);
}

Line::Line(Line&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      local_port_(other.local_port_),
      ssrc_(other.ssrc_),
      first_frame_(other.first_frame_) {}

Line::~Line() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Line::Answer(Call call) {
  const sockaddr_in address = AddressOf(call.host, call.port);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    GiveUp("rtp_load: connect");
  }
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

void Line::Send() {
  std::array<uint8_t, kDatagramBytesMax> packet;
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
  size_t bytes = kHeaderBytes + payload.size();
  if (call_.srtp != nullptr) bytes = call_.srtp->Protect(packet, bytes);
  send(descriptor_, packet.data(), bytes, 0);
}

void Line::Receive(Tally* tally) {
  std::array<uint8_t, kDatagramBytesMax> packet;
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(timespec))> control;
  iovec part{packet.data(), packet.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = recvmsg(descriptor_, &message, 0);
  const auto bytes = static_cast<size_t>(std::max<ssize_t>(0, received));
  // RTCP has other numbers in the place of the payload type (RFC 5761).
  if (!is_up() || bytes < kHeaderBytes || (packet[1] & 0x7f) != call_.payload_type) return;
  int64_t stamp_ns = 0;
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_type == SCM_TIMESTAMPNS) {
    timespec stamp;
    std::memcpy(&stamp, CMSG_DATA(head), sizeof stamp);
    stamp_ns = stamp.tv_sec * kNsPerSecond + stamp.tv_nsec;
  } else {
    stamp_ns = StampNs();
  }
  const uint32_t timestamp = ReadBe32(&packet[4]);
  if (!has_heard_) first_timestamp_ = timestamp;
  has_heard_ = true;
  if (keeps_next_ || is_keeping_) Keep(std::span(packet).first(bytes), timestamp, stamp_ns);
  if (tally == nullptr) return;
  ++tally->received;
  const int64_t media_ns = int64_t{static_cast<int32_t>(timestamp - first_timestamp_)} *
                           kNsPerSecond / call_.clock_rate_hz;
  transits_.Add(stamp_ns - media_ns, tally->lateness);
  if (expects_frames()) Judge(std::span(packet).first(bytes).subspan(kHeaderBytes), *tally);
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
}

void Line::Judge(std::span<const uint8_t> payload, Tally& tally) {
  if (std::ranges::equal(payload, expected_, IsAsGiven, ExpandMuLaw)) {
    ++tally.right;
  } else {
    ++tally.wrong;
    const bool is_again = std::ranges::equal(payload, heard_, IsAsGiven, ExpandMuLaw, ExpandMuLaw);
    const auto samples = std::views::transform(payload, ExpandMuLaw);
    if (is_again &&
        std::abs(PowerOf(samples) - expected_power_) < expected_power_ * kPowerTolerance)
      ++tally.moved;
  }
  heard_.assign(payload.begin(), payload.end());
}

}  // namespace parley::load
