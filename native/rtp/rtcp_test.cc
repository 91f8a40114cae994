#include "rtp/rtcp.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kOwnSsrc = 0xaaaa'0001;
constexpr uint32_t kPeerSsrc = 0xbbbb'0002;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

const Bytes kReceiverReport = {0x80, 201, 0, 1, 0xbb, 0xbb, 0, 2};
const Bytes kDescription = {0x81, 202, 0, 3, 0xbb, 0xbb, 0, 2, 1, 3, 'a', 'b', 'c', 0, 0, 0};
const Bytes kGoodbye = {0x81, 203, 0, 1, 0xbb, 0xbb, 0, 2};

RtcpReport FullReport() {
  static constexpr std::string_view kCname = "0123456789abcdef";
  RtcpReport report;
  report.ssrc = kPeerSsrc;
  report.sender_info =
      SenderInfo{.ntp = 0x0102'0304'0506'0708, .rtp_timestamp = 9, .packets = 10, .octets = 11};
  report.report_block = ReportBlock{.ssrc = kOwnSsrc,
                                    .fraction_lost = 200,
                                    .packets_lost = -3,
                                    .extended_highest_sequence = 0x0001'ffff,
                                    .jitter = 12,
                                    .last_sender_report = 13,
                                    .delay_since_last_sender_report = 14};
  report.cname = {reinterpret_cast<const uint8_t*>(kCname.data()), kCname.size()};
  report.bye = true;
  return report;
}

TEST(Rtcp, NtpTimeCountsFrom1900) {
  EXPECT_EQ(NtpTime(0), uint64_t{2'208'988'800} << 32);
  EXPECT_EQ(NtpTime(kNsPerSecond / 2), uint64_t{2'208'988'800} << 32 | 0x8000'0000);
  EXPECT_EQ(CompactNtp(0x1122'3344'5566'7788), 0x3344'5566U);
}

TEST(Rtcp, ReadsWhatItWrites) {
  const RtcpReport report = FullReport();
  std::array<uint8_t, kRtcpReportBytesMax> out;
  const size_t bytes = WriteRtcp(report, out);
  ASSERT_EQ(bytes, out.size());
  const auto summary = ParseRtcp(out, kOwnSsrc);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->sender_ssrc, kPeerSsrc);
  ASSERT_TRUE(summary->sender_info);
  EXPECT_EQ(summary->sender_info->ntp, 0x0102'0304'0506'0708U);
  EXPECT_EQ(summary->sender_info->rtp_timestamp, 9U);
  EXPECT_EQ(summary->sender_info->packets, 10U);
  EXPECT_EQ(summary->sender_info->octets, 11U);
  ASSERT_TRUE(summary->report_about_us);
  EXPECT_EQ(summary->report_about_us->fraction_lost, 200);
  EXPECT_EQ(summary->report_about_us->packets_lost, -3);
  EXPECT_EQ(summary->report_about_us->extended_highest_sequence, 0x0001'ffffU);
  EXPECT_EQ(summary->report_about_us->jitter, 12U);
  EXPECT_EQ(summary->report_about_us->last_sender_report, 13U);
  EXPECT_EQ(summary->report_about_us->delay_since_last_sender_report, 14U);
  EXPECT_EQ(summary->cname.size(), 16U);
  EXPECT_TRUE(summary->bye);
}

TEST(Rtcp, WritesAReceiverReportWhenNothingWasSent) {
  RtcpReport report = FullReport();
  report.sender_info.reset();
  report.report_block.reset();
  report.cname = {};
  report.bye = false;
  Bytes out(100);
  out.resize(WriteRtcp(report, out));
  const Bytes empty_cname = {0x81, 202, 0, 2, 0xbb, 0xbb, 0, 2, 1, 0, 0, 0};
  EXPECT_EQ(out, kReceiverReport + empty_cname);
  const auto summary = ParseRtcp(out, kOwnSsrc);
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->sender_info);
  EXPECT_FALSE(summary->report_about_us);
  EXPECT_FALSE(summary->bye);
}

TEST(Rtcp, EveryCnameLengthEndsInZerosOnAWord) {
  Bytes cname;
  for (size_t length = 0; length <= 255; ++length, cname.push_back('x')) {
    RtcpReport report;
    report.ssrc = kPeerSsrc;
    report.cname = cname;
    Bytes out(400);
    out.resize(WriteRtcp(report, out));
    ASSERT_EQ(out.size() % 4, 0U);
    ASSERT_EQ(out.back(), 0);
    const auto summary = ParseRtcp(out, kOwnSsrc);
    ASSERT_TRUE(summary) << length;
    ASSERT_EQ(summary->cname.size(), length);
  }
}

TEST(Rtcp, WritesNothingWhenItDoesNotFit) {
  const RtcpReport report = FullReport();
  for (size_t room = 0; room < kRtcpReportBytesMax; ++room) {
    Bytes out(room);
    ASSERT_EQ(WriteRtcp(report, out), 0U) << room;
  }
}

TEST(Rtcp, PicksTheBlockAboutUsAmongMany) {
  Bytes report = {0x83, 201, 0, 19, 0xbb, 0xbb, 0, 2};
  for (uint8_t i = 0; i < 3; ++i) {
    Bytes block(24, i);
    if (i == 1) block = Bytes{0xaa, 0xaa, 0, 1, 7, 0xff, 0xff, 0xfe} + Bytes(16, 9);
    report = report + block;
  }
  const auto summary = ParseRtcp(report, kOwnSsrc);
  ASSERT_TRUE(summary);
  ASSERT_TRUE(summary->report_about_us);
  EXPECT_EQ(summary->report_about_us->fraction_lost, 7);
  EXPECT_EQ(summary->report_about_us->packets_lost, -2);
  EXPECT_FALSE(ParseRtcp(report, 12345)->report_about_us);
}

TEST(Rtcp, TakesCnameAndGoodbyeOfTheSenderOnly) {
  const Bytes of_another = {0x81, 202, 0, 3, 1, 2, 3, 4, 1, 3, 'x', 'y', 'z', 0, 0, 0};
  const Bytes another_left = {0x81, 203, 0, 1, 1, 2, 3, 4};
  const auto other = ParseRtcp(kReceiverReport + of_another + another_left, kOwnSsrc);
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->cname.empty());
  EXPECT_FALSE(other->bye);
  const Bytes with_both = kReceiverReport + kDescription + kGoodbye;
  const auto own = ParseRtcp(with_both, kOwnSsrc);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->cname.size(), 3U);
  EXPECT_TRUE(own->bye);
}

TEST(Rtcp, StepsOverTypesItDoesNotKnow) {
  const Bytes application = {0x80, 204, 0, 2, 0xbb, 0xbb, 0, 2, 'n', 'a', 'm', 'e'};
  EXPECT_TRUE(ParseRtcp(kReceiverReport + application + kGoodbye, kOwnSsrc)->bye);
}

TEST(Rtcp, TakesReducedSize) {
  const auto goodbye = ParseRtcp(kGoodbye, kOwnSsrc);
  ASSERT_TRUE(goodbye);
  EXPECT_TRUE(goodbye->bye);
  EXPECT_FALSE(goodbye->sender_info);
  const Bytes feedback = {0x81, 205, 0, 2, 0xbb, 0xbb, 0, 2, 0, 0, 0, 1};
  EXPECT_EQ(ParseRtcp(feedback, kOwnSsrc)->sender_ssrc, 0xbbbb'0002U);
  EXPECT_TRUE(ParseRtcp(feedback + kGoodbye, kOwnSsrc)->bye);
}

TEST(Rtcp, TakesPaddingOffTheLastPacketOnly) {
  const Bytes padded_goodbye = {0xa1, 203, 0, 2, 0xbb, 0xbb, 0, 2, 0, 0, 0, 4};
  EXPECT_TRUE(ParseRtcp(kReceiverReport + padded_goodbye, kOwnSsrc)->bye);
  EXPECT_FALSE(ParseRtcp(kReceiverReport + padded_goodbye + kDescription, kOwnSsrc));
}

struct Malformed {
  const char* what;
  Bytes bytes;
};

TEST(Rtcp, RefusesWhatDoesNotHoldTogether) {
  const std::vector<Malformed> cases = {
      {"empty", {}},
      {"three bytes", {0x80, 201, 0}},
      {"version 1", {0x40, 201, 0, 1, 0, 0, 0, 1}},
      {"begins with SDES of nobody", {0x80, 202, 0, 0}},
      {"begins with BYE of nobody", {0x80, 203, 0, 0}},
      {"begins with a type nobody knows", {0x80, 199, 0, 1, 0, 0, 0, 1}},
      {"begins with a type yet to come", {0x80, 208, 0, 1, 0, 0, 0, 1}},
      {"report without an SSRC", {0x80, 201, 0, 0}},
      {"longer than the datagram", {0x80, 201, 0, 2, 0, 0, 0, 1}},
      {"rest shorter than a header", kReceiverReport + Bytes{0x80, 202}},
      {"rest of another version", kReceiverReport + Bytes{0x40, 202, 0, 0}},
      {"block missing", {0x81, 201, 0, 1, 0, 0, 0, 1}},
      {"sender report without sender info", {0x80, 200, 0, 1, 0, 0, 0, 1}},
      {"SDES without chunk", kReceiverReport + Bytes{0x81, 202, 0, 0}},
      {"SDES item beyond the end",
       kReceiverReport + Bytes{0x81, 202, 0, 2, 0xbb, 0xbb, 0, 2, 1, 9, 'a', 'b'}},
      {"SDES chunk without an end",
       kReceiverReport + Bytes{0x81, 202, 0, 2, 0xbb, 0xbb, 0, 2, 1, 2, 'a', 'b'}},
      {"BYE of more than it holds", kReceiverReport + Bytes{0x82, 203, 0, 1, 0xbb, 0xbb, 0, 2}},
      {"padding of none", kReceiverReport + Bytes{0xa0, 203, 0, 1, 0, 0, 0, 0}},
      {"padding of no whole word", kReceiverReport + Bytes{0xa0, 203, 0, 1, 0, 0, 0, 3}},
      {"padding beyond the packet", kReceiverReport + Bytes{0xa0, 203, 0, 1, 0, 0, 0, 8}},
  };
  for (const Malformed& malformed : cases) {
    EXPECT_FALSE(ParseRtcp(malformed.bytes, kOwnSsrc)) << malformed.what;
  }
}

TEST(Rtcp, ReadsAnyChangeOfAValidPacketWithoutLeavingIt) {
  std::mt19937 random(5);
  Bytes valid(kRtcpReportBytesMax);
  WriteRtcp(FullReport(), valid);
  for (int round = 0; round < 50'000; ++round) {
    Bytes bytes(valid.begin(), valid.begin() + static_cast<int64_t>(random() % valid.size()) + 1);
    for (int change = 0; change < 3; ++change) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    const auto summary = ParseRtcp(bytes, kOwnSsrc);
    ASSERT_LE(summary ? summary->cname.size() : 0, bytes.size());
  }
}

}  // namespace
}  // namespace parley
