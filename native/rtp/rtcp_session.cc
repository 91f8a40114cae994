#include "rtp/rtcp_session.h"

#include "base/units.h"

namespace parley {
namespace {

// Longer round trips are not believed: a clock was set, or the fields are nonsense.
constexpr uint32_t kRoundTripMax = 60 << 16;  // in 1/65536 s

// 1/65536 s, as RTCP counts short times.
uint32_t ToCompact(int64_t duration_ns) {
  constexpr int64_t kDurationNsMax = int64_t{65'535} * kNsPerSecond;
  if (duration_ns <= 0) return 0;
  if (duration_ns > kDurationNsMax) return 0xffff'ffff;
  return static_cast<uint32_t>((static_cast<uint64_t>(duration_ns) << 16) / kNsPerSecond);
}

// One step of splitmix64: every seed gives a good sequence.
uint64_t NextRandom(uint64_t& state) {
  state += 0x9e37'79b9'7f4a'7c15;
  uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58'476d'1ce4'e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d0'49bb'1331'11eb;
  return mixed ^ (mixed >> 31);
}

}  // namespace

RtcpSession::RtcpSession(const Cname& cname, uint64_t seed, int64_t now_ns)
    : cname_(cname), random_(seed) {
  next_report_ns_ = now_ns + DrawInterval() / 2;
}

RtcpSession::Cname RtcpSession::CnameFrom(uint32_t high, uint32_t low) {
  constexpr char kDigits[] = "0123456789abcdef";
  const uint64_t value = uint64_t{high} << 32 | low;
  Cname cname;
  for (size_t i = 0; i < cname.size(); ++i) {
    cname[i] = static_cast<uint8_t>(kDigits[value >> (60 - 4 * i) & 0xf]);
  }
  return cname;
}

std::optional<RtcpSummary> RtcpSession::OnDatagram(std::span<const uint8_t> datagram,
                                                   uint32_t own_ssrc, int64_t arrival_ns,
                                                   int64_t wall_ns) PARLEY_NONBLOCKING {
  std::optional<RtcpSummary> summary = ParseRtcp(datagram, own_ssrc);
  if (!summary) return std::nullopt;
  if (summary->sender_info) {
    remote_ssrc_ = summary->sender_ssrc;
    last_sender_report_ = CompactNtp(summary->sender_info->ntp);
    last_sender_report_ns_ = arrival_ns;
  }
  if (summary->report_about_us) {
    remote_report_ = *summary->report_about_us;
    UpdateRoundTrip(wall_ns);
  }
  return summary;
}

uint32_t RtcpSession::DrawSsrc(uint32_t taken) PARLEY_NONBLOCKING {
  packets_at_last_report_ = 0;
  remote_report_ = {};
  uint32_t drawn = taken;
  while (drawn == taken) drawn = static_cast<uint32_t>(NextRandom(random_) >> 32);
  return drawn;
}

// RFC 3550 6.4.1, "delay since last SR". 0 would mean unknown, so a round trip is at least 1 us.
void RtcpSession::UpdateRoundTrip(int64_t wall_ns) {
  if (remote_report_.last_sender_report == 0) return;
  const uint32_t round_trip = CompactNtp(NtpTime(wall_ns)) - remote_report_.last_sender_report -
                              remote_report_.delay_since_last_sender_report;
  // A negative one comes from rounding, or from a peer that lies.
  if (round_trip > kRoundTripMax) return;
  const uint64_t round_trip_us = uint64_t{round_trip} * 1'000'000 >> 16;
  round_trip_us_ = round_trip_us == 0 ? 1 : static_cast<uint32_t>(round_trip_us);
}

size_t RtcpSession::WriteReport(int64_t now_ns, int64_t wall_ns, const RtpSender& sender,
                                RtpReceiver& receiver, std::span<uint8_t> out) PARLEY_NONBLOCKING {
  next_report_ns_ = now_ns + DrawInterval();
  return Write(now_ns, wall_ns, sender, receiver, /*bye=*/false, out);
}

size_t RtcpSession::WriteBye(int64_t now_ns, int64_t wall_ns, const RtpSender& sender,
                             RtpReceiver& receiver, std::span<uint8_t> out) PARLEY_NONBLOCKING {
  return Write(now_ns, wall_ns, sender, receiver, /*bye=*/true, out);
}

size_t RtcpSession::Write(int64_t now_ns, int64_t wall_ns, const RtpSender& sender,
                          RtpReceiver& receiver, bool bye, std::span<uint8_t> out) {
  RtcpReport report;
  report.ssrc = sender.ssrc();
  report.cname = cname_;
  report.bye = bye;
  if (sender.packets() != packets_at_last_report_) {
    packets_at_last_report_ = sender.packets();
    report.sender_info = SenderInfo{.ntp = NtpTime(wall_ns),
                                    .rtp_timestamp = sender.timestamp(),
                                    .packets = static_cast<uint32_t>(sender.packets()),
                                    .octets = static_cast<uint32_t>(sender.octets())};
  }
  if (receiver.established()) {
    ReportBlock block = receiver.TakeReport();
    if (last_sender_report_ != 0 && remote_ssrc_ == block.ssrc) {
      block.last_sender_report = last_sender_report_;
      block.delay_since_last_sender_report = ToCompact(now_ns - last_sender_report_ns_);
    }
    report.report_block = block;
  }
  return WriteRtcp(report, out);
}

int64_t RtcpSession::DrawInterval() {
  constexpr int64_t kHalf = kRtcpIntervalNs / 2;
  const auto drawn = static_cast<int64_t>(NextRandom(random_) % uint64_t{kRtcpIntervalNs});
  return kHalf + drawn;
}

}  // namespace parley
