#include "rtp/rtcp_session.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/units.h"

namespace parley {
namespace {

constexpr int64_t kWallStartNs = 1'700'000'000 * kNsPerSecond;

// One end of a call: what it sends, what it receives, its reports.
struct End {
  explicit End(uint32_t ssrc)
      : sender({.ssrc = ssrc, .first_sequence = 1, .first_timestamp = 1000, .payload_type = 0}),
        receiver(8000),
        session(RtcpSession::CnameFrom(ssrc, ssrc), ssrc, 0) {}

  // Sends one packet to `other`, there at once.
  void SendTo(End& other, int64_t now_ns) {
    std::array<uint8_t, 200> out;
    const std::array<uint8_t, 160> payload = {};
    const size_t bytes = sender.WritePacket(payload, 160, out);
    other.receiver.OnPacket(ParseRtpPacket(std::span(out).first(bytes))->header, now_ns);
  }

  std::vector<uint8_t> Report(int64_t now_ns) {
    std::vector<uint8_t> out(kRtcpReportBytesMax);
    out.resize(session.WriteReport(now_ns, kWallStartNs + now_ns, sender, receiver, out));
    return out;
  }

  bool Take(const std::vector<uint8_t>& datagram, int64_t now_ns) {
    return session.OnDatagram(datagram, sender.ssrc(), now_ns, kWallStartNs + now_ns).has_value();
  }

  RtpSender sender;
  RtpReceiver receiver;
  RtcpSession session;
};

std::string Text(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

TEST(RtcpSession, CnameIsSixteenHexDigits) {
  EXPECT_EQ(Text(RtcpSession::CnameFrom(0x0123'4567, 0x89ab'cdef)), "0123456789abcdef");
  EXPECT_EQ(Text(RtcpSession::CnameFrom(0, 0xf)), "000000000000000f");
}

TEST(RtcpSession, FirstReportComesAfterHalfAnInterval) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const RtcpSession session(RtcpSession::CnameFrom(0, 0), seed, 0);
    ASSERT_FALSE(session.IsDue(kRtcpIntervalNs / 4 - 1));
    ASSERT_TRUE(session.IsDue(kRtcpIntervalNs * 3 / 4));
  }
}

TEST(RtcpSession, IntervalsSpreadFromHalfToOneAndAHalf) {
  End end(1);
  int64_t now_ns = 0;
  int64_t shortest_ns = kRtcpIntervalNs * 10;
  int64_t longest_ns = 0;
  int64_t sum_ns = 0;
  constexpr int kReports = 500;
  for (int i = 0; i < kReports; ++i) {
    end.Report(now_ns);
    int64_t low_ns = now_ns;
    int64_t high_ns = now_ns + 2 * kRtcpIntervalNs;
    while (high_ns - low_ns > kNsPerMs) {
      const int64_t middle_ns = low_ns + (high_ns - low_ns) / 2;
      (end.session.IsDue(middle_ns) ? high_ns : low_ns) = middle_ns;
    }
    shortest_ns = std::min(shortest_ns, high_ns - now_ns);
    longest_ns = std::max(longest_ns, high_ns - now_ns);
    sum_ns += high_ns - now_ns;
    now_ns = high_ns;
  }
  EXPECT_GE(shortest_ns, kRtcpIntervalNs / 2);
  EXPECT_LE(longest_ns, kRtcpIntervalNs * 3 / 2 + kNsPerMs);
  EXPECT_LT(shortest_ns, kRtcpIntervalNs * 55 / 100);
  EXPECT_GT(longest_ns, kRtcpIntervalNs * 145 / 100);
  EXPECT_NEAR(static_cast<double>(sum_ns) / kReports, static_cast<double>(kRtcpIntervalNs),
              static_cast<double>(kRtcpIntervalNs) * 0.05);
}

TEST(RtcpSession, SendsSenderReportsOnlyWhilePacketsAreSent) {
  End here(1);
  End there(2);
  EXPECT_FALSE(ParseRtcp(here.Report(0), 2)->sender_info);
  here.SendTo(there, 0);
  const std::vector<uint8_t> report = here.Report(kNsPerSecond);
  const auto summary = ParseRtcp(report, 2);
  ASSERT_TRUE(summary->sender_info);
  EXPECT_EQ(summary->sender_info->ntp, NtpTime(kWallStartNs + kNsPerSecond));
  EXPECT_EQ(summary->sender_info->rtp_timestamp, 1160U);
  EXPECT_EQ(summary->sender_info->packets, 1U);
  EXPECT_EQ(summary->sender_info->octets, 160U);
  EXPECT_EQ(Text(summary->cname), "0000000100000001");
  EXPECT_FALSE(ParseRtcp(here.Report(2 * kNsPerSecond), 2)->sender_info);
}

TEST(RtcpSession, MeasuresTheRoundTrip) {
  End here(1);
  End there(2);
  here.SendTo(there, 0);
  here.SendTo(there, kFrameNs);
  EXPECT_EQ(here.session.round_trip_us(), 0U);
  // 30 ms on the way, 2 s at the peer, 50 ms on the way back.
  const int64_t sent_ns = kNsPerSecond;
  ASSERT_TRUE(there.Take(here.Report(sent_ns), sent_ns + 30 * kNsPerMs));
  const int64_t answered_ns = sent_ns + 2'030 * kNsPerMs;
  ASSERT_TRUE(here.Take(there.Report(answered_ns), answered_ns + 50 * kNsPerMs));
  EXPECT_NEAR(here.session.round_trip_us(), 80'000, 50);
  EXPECT_EQ(here.session.remote_report().ssrc, 1U);
  EXPECT_EQ(here.session.remote_report().extended_highest_sequence, 2U);
  EXPECT_EQ(there.session.round_trip_us(), 0U);
}

TEST(RtcpSession, DoesNotBelieveAnImpossibleRoundTrip) {
  End here(1);
  RtcpReport lie;
  lie.ssrc = 2;
  lie.report_block = ReportBlock{.ssrc = 1, .last_sender_report = 0x1234'5678};
  std::vector<uint8_t> out(kRtcpReportBytesMax);
  out.resize(WriteRtcp(lie, out));
  ASSERT_TRUE(here.Take(out, kNsPerSecond));
  EXPECT_EQ(here.session.round_trip_us(), 0U);
  EXPECT_EQ(here.session.remote_report().last_sender_report, 0x1234'5678U);
}

TEST(RtcpSession, RefersOnlyToSenderReportsOfTheSourceItReportsOn) {
  End here(1);
  End there(2);
  End third(3);
  there.SendTo(here, 0);
  there.SendTo(here, kFrameNs);
  third.SendTo(there, 0);
  ASSERT_TRUE(here.Take(third.Report(kNsPerSecond), kNsPerSecond));
  const auto summary = ParseRtcp(here.Report(2 * kNsPerSecond), 2);
  ASSERT_TRUE(summary->report_about_us);
  EXPECT_EQ(summary->report_about_us->last_sender_report, 0U);
  EXPECT_EQ(summary->report_about_us->delay_since_last_sender_report, 0U);
}

TEST(RtcpSession, SaysAndHearsGoodbye) {
  End here(1);
  End there(2);
  std::vector<uint8_t> out(kRtcpReportBytesMax);
  out.resize(here.session.WriteBye(0, kWallStartNs, here.sender, here.receiver, out));
  const auto heard = there.session.OnDatagram(out, 2, 0, kWallStartNs);
  ASSERT_TRUE(heard);
  EXPECT_TRUE(heard->bye);
  EXPECT_EQ(heard->sender_ssrc, 1U);
}

TEST(RtcpSession, DrawsSsrcsThatAreNotTaken) {
  End here(1);
  uint32_t last = 1;
  for (int draw = 0; draw < 100; ++draw) {
    const uint32_t drawn = here.session.DrawSsrc(last);
    EXPECT_NE(drawn, last);
    last = drawn;
  }
}

TEST(RtcpSession, SaysWhenADatagramIsNoReport) {
  End here(1);
  EXPECT_FALSE(here.Take({0x80, 200, 0}, 0));
}

}  // namespace
}  // namespace parley
