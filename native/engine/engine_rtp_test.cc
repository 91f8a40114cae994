// RTP legs from the network's side: whom they listen to, where they send, reports and goodbyes.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using layout::Codec;
using layout::EventKind;
using testing::FakePort;
using testing::RtpCaller;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr int kRtcpDescriptor = 77;

Address Ipv4(uint8_t last, uint16_t port) {
  return {.bytes = {198, 51, 100, last}, .port = port, .family = 4};
}

// One PCMU leg in room 0, whose quarter is the first.
class EngineRtpTest : public ::testing::Test {
 protected:
  void Open(layout::OpenLeg command) {
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(command),
                    testing::RouteLeg(caller_.leg(), {.room = 0})});
    shard_.Tick(4);
    first_sent_ = shard_.port().TakeSent();
  }

  layout::OpenLeg WithoutRemote() const {
    layout::OpenLeg command = caller_.OpenLeg();
    command.remote_family = 0;
    command.remote_rtp_port = 0;
    command.remote_rtcp_port = 0;
    return command;
  }

  std::vector<uint8_t> NextPacket() { return caller_.NextPacket(std::vector<int16_t>(160, 1000)); }

  void DeliverFrom(const Address& source, const std::vector<uint8_t>& bytes) {
    shard_.port().Deliver(caller_.descriptor(), source, bytes, shard_.now_ns());
  }

  // 20 ms; what the engine sent in them.
  std::vector<FakePort::Sent> Turn() {
    shard_.Tick(4);
    return shard_.port().TakeSent();
  }

  // A turn in which the caller sends its next packet from `source`.
  std::vector<FakePort::Sent> TurnFrom(const Address& source) {
    DeliverFrom(source, NextPacket());
    return Turn();
  }

  const layout::StatsBlock* Stats() { return shard_.engine().stats().operator->(); }
  const layout::LegSlot& Slot() const { return shard_.arena().leg(0); }

  testing::TestShard shard_;
  RtpCaller caller_{{.slot = 0}, kPcmu, 0};
  std::vector<FakePort::Sent> first_sent_;
};

std::vector<FakePort::Sent> RtcpOf(const std::vector<FakePort::Sent>& sent) {
  std::vector<FakePort::Sent> reports;
  std::ranges::copy_if(sent, std::back_inserter(reports), [](const FakePort::Sent& datagram) {
    return ClassifyDatagram(datagram.bytes) == DatagramKind::kRtcp;
  });
  return reports;
}

TEST_F(EngineRtpTest, SendsToTheNamedPeerFromTheFirstTurnOn) {
  Open(caller_.OpenLeg());
  ASSERT_EQ(first_sent_.size(), 1u);
  EXPECT_EQ(first_sent_[0].to, caller_.address());
  EXPECT_EQ(first_sent_[0].descriptor, caller_.descriptor());
  const RtpHeader header = ParseRtpPacket(first_sent_[0].bytes)->header;
  EXPECT_EQ(header.ssrc, 0x5000'0000u);
  EXPECT_EQ(header.sequence, 65'530);
  EXPECT_EQ(header.timestamp, 0xffff'ff00u);
  EXPECT_TRUE(header.marker);
  EXPECT_EQ(Slot().remote_port, caller_.address().port);
  EXPECT_EQ(Slot().remote_family, 4u);
  EXPECT_EQ(Slot().remote_address[3], caller_.address().bytes[3]);
}

TEST_F(EngineRtpTest, WaitsForTheFirstPacketWhenNobodyIsNamed) {
  Open(WithoutRemote());
  EXPECT_TRUE(first_sent_.empty());
  EXPECT_TRUE(Turn().empty());
  const Address source = Ipv4(7, 1234);
  const auto sent = TurnFrom(source);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].to, source);
  // Two turns have passed unsent: time went on, numbers did not.
  const RtpHeader header = ParseRtpPacket(sent[0].bytes)->header;
  EXPECT_EQ(header.sequence, 65'530);
  EXPECT_EQ(header.timestamp, 0xffff'ff00u + 2 * 160);
  EXPECT_EQ(Slot().remote_port, 1234u);
}

TEST_F(EngineRtpTest, FollowsAPeerBehindANatAfterTwoPackets) {
  Open(caller_.OpenLeg());
  const Address mapped = Ipv4(9, 40'000);
  EXPECT_EQ(TurnFrom(mapped)[0].to, caller_.address());
  EXPECT_EQ(Stats()->packets_foreign, 1u);
  EXPECT_EQ(TurnFrom(mapped)[0].to, mapped);
  EXPECT_EQ(Stats()->packets_foreign, 1u);
  EXPECT_EQ(Stats()->packets_received, 1u);
}

TEST_F(EngineRtpTest, HearsNothingOfOtherSources) {
  Open(caller_.OpenLeg());
  for (int turn = 0; turn < 5; ++turn) TurnFrom(caller_.address());
  EXPECT_EQ(Slot().input_contributes, 1u);
  RtpCaller stranger({.slot = 1}, kPcmu, 0);
  for (int turn = 0; turn < 20; ++turn) {
    shard_.port().Deliver(caller_.descriptor(), Ipv4(66, 666),
                          stranger.NextPacket(std::vector<int16_t>(160, 30'000)), shard_.now_ns());
    const auto sent = Turn();
    EXPECT_EQ(sent[0].to, caller_.address());
  }
  EXPECT_EQ(Stats()->packets_foreign, 20u);
  EXPECT_EQ(Stats()->packets_received, 5u);
  EXPECT_EQ(Slot().packets_received, 5u);
  EXPECT_EQ(Slot().input_level_dbov, 127u);
}

TEST_F(EngineRtpTest, ConnectsTheSocketOnceThePeerIsCertain) {
  Open(caller_.OpenLeg());
  for (int turn = 0; turn < 50; ++turn) {
    EXPECT_EQ(TurnFrom(caller_.address())[0].to, caller_.address());
  }
  EXPECT_TRUE(shard_.port().connected().empty());
  std::vector<FakePort::Sent> sent;
  for (int turn = 0; turn < 2; ++turn) sent = TurnFrom(caller_.address());
  ASSERT_EQ(shard_.port().connected().size(), 1u);
  EXPECT_EQ(shard_.port().connected().at(caller_.descriptor()), caller_.address());
  EXPECT_FALSE(sent[0].to.is_set());
}

TEST_F(EngineRtpTest, SaysOnceThatMediaHasStarted) {
  Open(caller_.OpenLeg());
  EXPECT_EQ(shard_.CountEvents(EventKind::kLegMediaStarted), 0u);
  TurnFrom(caller_.address());
  const std::vector<Record> events = shard_.TakeEvents();
  ASSERT_EQ(events.size(), 1u);
  const auto event = events[0].As<layout::LegMediaStarted>();
  EXPECT_EQ(event.header.kind, static_cast<uint16_t>(EventKind::kLegMediaStarted));
  EXPECT_EQ(event.header.leg, 0u);
  EXPECT_EQ(event.header.generation, 1u);
  EXPECT_EQ(event.ssrc, 0x1000u);
  TurnFrom(caller_.address());
  EXPECT_TRUE(shard_.TakeEvents().empty());
}

TEST_F(EngineRtpTest, CountsWhatIsNoPacketOfTheLeg) {
  Open(WithoutRemote());
  DeliverFrom(caller_.address(), {});
  DeliverFrom(caller_.address(), {1, 2, 3});
  DeliverFrom(caller_.address(), std::vector<uint8_t>(11, 0x80));
  Turn();
  EXPECT_EQ(Stats()->packets_invalid, 3u);
  // A payload type nobody negotiated proves nothing about its sender.
  RtpCaller other({.slot = 0}, kPcmu, 111);
  DeliverFrom(caller_.address(), other.NextPacket(std::vector<int16_t>(160, 1)));
  EXPECT_TRUE(Turn().empty());
  EXPECT_EQ(Stats()->packets_payload_unknown, 1u);
  EXPECT_EQ(Stats()->packets_received, 0u);
}

TEST_F(EngineRtpTest, TakesTelephoneEventsAndComfortNoiseForTheSequenceOnly) {
  layout::OpenLeg command = caller_.OpenLeg();
  command.telephone_event_payload_type = 101;
  Open(command);
  for (int turn = 0; turn < 4; ++turn) TurnFrom(caller_.address());
  std::vector<uint8_t> event = NextPacket();
  event[1] = 101;
  DeliverFrom(caller_.address(), event);
  Turn();
  std::vector<uint8_t> noise = NextPacket();
  noise[1] = 13;
  noise.resize(13);
  DeliverFrom(caller_.address(), noise);
  Turn();
  for (int turn = 0; turn < 20; ++turn) TurnFrom(caller_.address());
  EXPECT_EQ(Stats()->packets_received, 26u);
  EXPECT_EQ(Stats()->packets_payload_unknown, 0u);
  EXPECT_EQ(Slot().packets_lost, 0u);
}

TEST_F(EngineRtpTest, CountsLossAndDuplicates) {
  Open(caller_.OpenLeg());
  for (int turn = 0; turn < 10; ++turn) TurnFrom(caller_.address());
  NextPacket();  // lost
  for (int turn = 0; turn < 10; ++turn) {
    const std::vector<uint8_t> packet = NextPacket();
    DeliverFrom(caller_.address(), packet);
    if (turn == 5) DeliverFrom(caller_.address(), packet);
    Turn();
  }
  // RFC 3550 A.3 counts the duplicate as received.
  EXPECT_EQ(Slot().packets_lost, 0u);
  EXPECT_EQ(Slot().packets_duplicate, 1u);
  EXPECT_EQ(Stats()->packets_duplicate, 1u);
  // Packets arrive 5 ms off the tick that plays them: one lost lies across two frames.
  EXPECT_EQ(Stats()->frames_concealed, 2u);
  EXPECT_EQ(Slot().frames_concealed, 2u);
}

TEST_F(EngineRtpTest, CountsWhatTheKernelRefuses) {
  Open(caller_.OpenLeg());
  shard_.port().SetSendResult(SendResult::kBusy);
  Turn();
  shard_.port().SetSendResult(SendResult::kRefused);
  Turn();
  EXPECT_EQ(Stats()->packets_send_failed, 2u);
  EXPECT_EQ(Stats()->packets_sent, 1u);
  EXPECT_EQ(Slot().packets_sent, 1u);
}

TEST_F(EngineRtpTest, ReportsEveryFewSecondsToTheNamedRtcpPort) {
  layout::OpenLeg command = caller_.OpenLeg();
  command.rtcp_fd = kRtcpDescriptor;
  Open(command);
  std::vector<FakePort::Sent> reports;
  for (int turn = 0; turn < 30 * 50; ++turn) {
    for (FakePort::Sent& report : RtcpOf(TurnFrom(caller_.address()))) reports.push_back(report);
  }
  EXPECT_GE(reports.size(), 4u);
  EXPECT_LE(reports.size(), 11u);
  EXPECT_EQ(Stats()->rtcp_sent, reports.size());
  EXPECT_EQ(reports[0].descriptor, kRtcpDescriptor);
  EXPECT_EQ(reports[0].to.port, caller_.address().port + 1);
  EXPECT_EQ(reports[0].to.bytes, caller_.address().bytes);
  const std::optional<RtcpSummary> report = ParseRtcp(reports.back().bytes, 0x1000);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->sender_ssrc, 0x5000'0000u);
  ASSERT_TRUE(report->sender_info.has_value());
  EXPECT_GT(report->sender_info->packets, 1'000u);
  ASSERT_TRUE(report->report_about_us.has_value());
  EXPECT_EQ(report->report_about_us->packets_lost, 0);
  EXPECT_EQ(std::string(report->cname.begin(), report->cname.end()), "0123456700000000");
}

TEST_F(EngineRtpTest, LearnsRoundTripAndRemoteLossFromReports) {
  Open(caller_.OpenLeg());
  std::vector<FakePort::Sent> reports;
  while (reports.empty()) reports = RtcpOf(TurnFrom(caller_.address()));
  // RTCP shares the socket here.
  EXPECT_EQ(reports[0].descriptor, caller_.descriptor());
  const uint64_t sent_ntp = ParseRtcp(reports[0].bytes, 0x1000)->sender_info->ntp;

  for (int turn = 0; turn < 10; ++turn) TurnFrom(caller_.address());
  std::array<uint8_t, kRtcpReportBytesMax> report;
  const std::array<uint8_t, 4> cname = {'p', 'e', 'e', 'r'};
  RtcpReport peers;
  peers.ssrc = 0x1000;
  peers.cname = cname;
  peers.report_block = ReportBlock{};
  peers.report_block->ssrc = 0x5000'0000;
  peers.report_block->fraction_lost = 64;
  peers.report_block->packets_lost = 12;
  peers.report_block->jitter = 34;
  peers.report_block->last_sender_report = CompactNtp(sent_ntp);
  peers.report_block->delay_since_last_sender_report = 65'536 / 10;
  const size_t bytes = WriteRtcp(peers, report);
  DeliverFrom(caller_.address(), {report.begin(), report.begin() + bytes});
  Turn();
  EXPECT_EQ(Stats()->rtcp_received, 1u);
  // Ten turns and a few ticks after it was sent, of which the peer kept it for 100 ms.
  EXPECT_NEAR(Slot().round_trip_us, 100'000, 16'000);
  EXPECT_EQ(Slot().remote_fraction_lost, 64u);
  EXPECT_EQ(Slot().remote_packets_lost, 12u);
  EXPECT_EQ(Slot().remote_jitter, 34u);
}

TEST_F(EngineRtpTest, LooksAtTheRtcpSocketOnceASecond) {
  layout::OpenLeg command = caller_.OpenLeg();
  command.rtcp_fd = kRtcpDescriptor;
  Open(command);
  for (int turn = 0; turn < 499; ++turn) Turn();
  EXPECT_EQ(shard_.port().calls().at(caller_.descriptor()).receive, 500);
  EXPECT_NEAR(shard_.port().calls().at(kRtcpDescriptor).receive, 10, 1);
}

TEST_F(EngineRtpTest, AnswersReportsToWhereTheyComeFrom) {
  layout::OpenLeg command = caller_.OpenLeg();
  command.rtcp_fd = kRtcpDescriptor;
  Open(command);
  TurnFrom(caller_.address());
  std::array<uint8_t, kRtcpReportBytesMax> report;
  const std::array<uint8_t, 1> cname = {'p'};
  RtcpReport peers;
  peers.ssrc = 0x1000;
  peers.cname = cname;
  const size_t bytes = WriteRtcp(peers, report);
  Address mapped = caller_.address();
  mapped.port = 50'001;
  shard_.port().Deliver(kRtcpDescriptor, Ipv4(66, 1), std::span(report).first(bytes),
                        shard_.now_ns());
  shard_.port().Deliver(kRtcpDescriptor, mapped, std::span(report).first(bytes), shard_.now_ns());
  std::vector<FakePort::Sent> reports;
  while (reports.empty()) reports = RtcpOf(TurnFrom(caller_.address()));
  EXPECT_EQ(Stats()->packets_foreign, 1u);
  EXPECT_EQ(Stats()->rtcp_received, 1u);
  EXPECT_EQ(reports[0].to, mapped);
}

TEST_F(EngineRtpTest, SaysGoodbyeAndTouchesTheSocketsNoMore) {
  Open(caller_.OpenLeg());
  for (int turn = 0; turn < 5; ++turn) TurnFrom(caller_.address());
  shard_.TakeEvents();
  shard_.Command({testing::CloseLeg(caller_.leg())});
  const std::vector<FakePort::Sent> sent = Turn();
  ASSERT_EQ(sent.size(), 1u);
  const std::optional<RtcpSummary> goodbye = ParseRtcp(sent[0].bytes, 0x1000);
  ASSERT_TRUE(goodbye.has_value());
  EXPECT_TRUE(goodbye->bye);
  EXPECT_EQ(goodbye->sender_ssrc, 0x5000'0000u);
  EXPECT_EQ(shard_.CountEvents(EventKind::kLegClosed), 1u);
  const auto calls = shard_.port().calls();
  for (int turn = 0; turn < 50; ++turn) EXPECT_TRUE(Turn().empty());
  EXPECT_EQ(shard_.port().calls(), calls);
}

TEST_F(EngineRtpTest, SendsSilenceToWhoHearsNothing) {
  Open(caller_.OpenLeg());
  const std::vector<uint8_t> silence(160, 0xff);
  shard_.Command({testing::RouteLeg(
      caller_.leg(),
      {.room = 0, .sends = layout::Sends::kNobody, .hears = layout::Hears::kSilence})});
  auto sent = Turn();
  EXPECT_TRUE(std::ranges::equal(ParseRtpPacket(sent.at(0).bytes)->payload, silence));
  shard_.Command({testing::CloseRoom(0)});
  sent = Turn();
  EXPECT_TRUE(std::ranges::equal(ParseRtpPacket(sent.at(0).bytes)->payload, silence));
}

}  // namespace
}  // namespace parley
