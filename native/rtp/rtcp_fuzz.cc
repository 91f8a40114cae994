// Any datagram goes through a leg's RTCP session; what is read is written again and must read the
// same. The first four bytes are the SSRC that the leg sends with, the rest is the datagram.

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/byte_order.h"
#include "base/units.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_session.h"

namespace parley {
namespace {

constexpr int64_t kWallNs = 1'700'000'000 * kNsPerSecond;

void CheckSame(const ReportBlock& a, const ReportBlock& b) {
  PARLEY_ASSERT(a.ssrc == b.ssrc);
  PARLEY_ASSERT(a.fraction_lost == b.fraction_lost);
  PARLEY_ASSERT(a.packets_lost == b.packets_lost);
  PARLEY_ASSERT(a.extended_highest_sequence == b.extended_highest_sequence);
  PARLEY_ASSERT(a.jitter == b.jitter);
  PARLEY_ASSERT(a.last_sender_report == b.last_sender_report);
  PARLEY_ASSERT(a.delay_since_last_sender_report == b.delay_since_last_sender_report);
}

void CheckRoundTrip(const RtcpSummary& summary, uint32_t own_ssrc) {
  const RtcpReport report{.ssrc = summary.sender_ssrc,
                          .sender_info = summary.sender_info,
                          .report_block = summary.report_about_us,
                          .cname = summary.cname,
                          .bye = summary.bye};
  std::array<uint8_t, 512> written;
  const size_t bytes = WriteRtcp(report, written);
  PARLEY_ASSERT(bytes > 0);
  const auto again = ParseRtcp(std::span(written).first(bytes), own_ssrc);
  PARLEY_ASSERT(again.has_value());
  PARLEY_ASSERT(again->sender_ssrc == summary.sender_ssrc);
  PARLEY_ASSERT(again->sender_info.has_value() == summary.sender_info.has_value());
  PARLEY_ASSERT(again->report_about_us.has_value() == summary.report_about_us.has_value());
  if (again->report_about_us) CheckSame(*again->report_about_us, *summary.report_about_us);
  PARLEY_ASSERT(again->cname.size() == summary.cname.size());
  PARLEY_ASSERT(again->bye == summary.bye);
}

void RunSession(std::span<const uint8_t> datagram, uint32_t own_ssrc, bool is_valid) {
  RtpSender sender({.ssrc = own_ssrc});
  RtpReceiver receiver(8000);
  RtcpSession session(RtcpSession::CnameFrom(1, 2), own_ssrc, 0);
  PARLEY_ASSERT(session.OnDatagram(datagram, own_ssrc, kNsPerSecond, kWallNs).has_value() ==
                is_valid);
  PARLEY_ASSERT(session.round_trip_us() <= 60'000'000);
  std::array<uint8_t, kRtcpReportBytesMax> out;
  PARLEY_ASSERT(session.WriteReport(kNsPerSecond, kWallNs, sender, receiver, out) > 0);
}

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const uint32_t own_ssrc = parley::ReadBe32(data);
  const std::span<const uint8_t> datagram(data + 4, size - 4);
  const auto summary = parley::ParseRtcp(datagram, own_ssrc);
  if (summary) parley::CheckRoundTrip(*summary, own_ssrc);
  parley::RunSession(datagram, own_ssrc, summary.has_value());
  return 0;
}
