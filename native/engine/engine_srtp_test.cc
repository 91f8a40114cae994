// Secured legs: what is opened and sealed, and that nobody without the key is heard or followed.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"
#include "rtp/srtp_table.h"
#include "testing/srtp_pair.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using layout::Codec;
using testing::FakePort;
using testing::RtpCaller;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr int kRtcpDescriptor = 77;
constexpr SrtpSuite kSuite = SrtpSuite::kAesCm128HmacSha1Tag80;

Address Ipv4(uint8_t last, uint16_t port) {
  return {.bytes = {198, 51, 100, last}, .port = port, .family = 4};
}

// Sessions of both ends of a leg, ours in the table of the process.
class Keys {
 public:
  explicit Keys(SrtpSuite suite, uint8_t first = 1)
      : peer(testing::MakeSrtpSession(suite, static_cast<uint8_t>(first + 100), first)),
        id(*SrtpTable::OfProcess().Add(
            testing::MakeSrtpSession(suite, first, static_cast<uint8_t>(first + 100)))) {}
  ~Keys() { SrtpTable::OfProcess().Remove(id); }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  std::unique_ptr<SrtpSession> peer;
  uint32_t id;
};

// One PCMU leg in room 0 with another that whoever is in hears.
class EngineSrtpTest : public ::testing::Test {
 protected:
  layout::OpenLeg Secured(const Keys& keys) const {
    layout::OpenLeg command = caller_.OpenLeg();
    command.srtp_session = keys.id;
    return command;
  }

  void Open(const layout::OpenLeg& command) {
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(command),
                    testing::RouteLeg(caller_.leg(), {.room = 0})});
    shard_.Tick(4);
    shard_.port().TakeSent();
  }

  std::vector<uint8_t> NextPacket() { return caller_.NextPacket(std::vector<int16_t>(160, 1000)); }
  std::vector<uint8_t> NextSealed(Keys& keys) {
    return testing::ProtectedRtp(*keys.peer, NextPacket());
  }

  void DeliverFrom(const Address& source, const std::vector<uint8_t>& bytes) {
    shard_.port().Deliver(caller_.descriptor(), source, bytes, shard_.now_ns());
  }

  std::vector<FakePort::Sent> Turn() {
    shard_.Tick(4);
    return shard_.port().TakeSent();
  }
  std::vector<FakePort::Sent> TurnFrom(const Address& source, const std::vector<uint8_t>& bytes) {
    DeliverFrom(source, bytes);
    return Turn();
  }

  const layout::StatsBlock* Stats() { return shard_.engine().stats().operator->(); }
  const layout::LegSlot& Slot() const { return shard_.arena().leg(0); }

  testing::TestShard shard_;
  RtpCaller caller_{{.slot = 0}, kPcmu, 0};
};

// The RTP packet that a datagram holds for who has the key; empty when it does not open.
std::vector<uint8_t> Opened(SrtpSession& session, std::vector<uint8_t> datagram) {
  datagram.resize(session.UnprotectRtp(datagram).bytes);
  return datagram;
}

TEST_F(EngineSrtpTest, HearsAndIsHeardUnderEverySuite) {
  for (const SrtpSuite suite : testing::kAllSrtpSuites) {
    testing::TestShard shard;
    Keys keys(suite);
    RtpCaller caller({.slot = 0}, kPcmu, 0);
    layout::OpenLeg command = caller.OpenLeg();
    command.srtp_session = keys.id;
    shard.Command({testing::OpenRoom(0, 8000), Record::From(command),
                   testing::RouteLeg(caller.leg(), {.room = 0})});
    size_t opened = 0;
    for (int turn = 0; turn < 20; ++turn) {
      const auto packet = caller.NextPacket(std::vector<int16_t>(160, 1000));
      shard.port().Deliver(caller.descriptor(), caller.address(),
                           testing::ProtectedRtp(*keys.peer, packet), shard.now_ns());
      shard.Tick(4);
      for (const FakePort::Sent& sent : shard.port().TakeSent()) {
        const auto view = ParseRtpPacket(Opened(*keys.peer, sent.bytes));
        if (view && view->payload.size() == 160) ++opened;
      }
    }
    EXPECT_EQ(opened, 20u);
    EXPECT_EQ(shard.arena().leg(0).packets_received, 20u);
    EXPECT_EQ(shard.arena().leg(0).input_contributes, 1u);
    EXPECT_EQ(shard.engine().stats()->srtp_auth_failed, 0u);
    EXPECT_EQ(shard.engine().stats()->srtp_protect_failed, 0u);
  }
}

TEST_F(EngineSrtpTest, DropsPlainPacketsOfThePeer) {
  Keys keys(kSuite);
  Open(Secured(keys));
  for (int turn = 0; turn < 10; ++turn) TurnFrom(caller_.address(), NextPacket());
  EXPECT_EQ(Stats()->srtp_auth_failed, 10u);
  EXPECT_EQ(Slot().srtp_auth_failed, 10u);
  EXPECT_EQ(Slot().packets_received, 0u);
  EXPECT_EQ(Slot().input_level_dbov, 127u);
}

TEST_F(EngineSrtpTest, IsLatchedByNobodyWithoutTheKey) {
  Keys keys(kSuite);
  Keys wrong(kSuite, 40);
  layout::OpenLeg command = Secured(keys);
  command.remote_family = 0;
  command.remote_rtp_port = 0;
  Open(command);
  const Address thief = Ipv4(66, 6666);
  for (int turn = 0; turn < 10; ++turn) {
    EXPECT_TRUE(TurnFrom(thief, NextPacket()).empty());
    EXPECT_TRUE(TurnFrom(thief, NextSealed(wrong)).empty());
  }
  EXPECT_EQ(Slot().remote_port, 0u);
  EXPECT_EQ(Stats()->srtp_auth_failed, 20u);
  EXPECT_EQ(TurnFrom(caller_.address(), NextSealed(keys)).at(0).to, caller_.address());
  EXPECT_EQ(Slot().remote_port, caller_.address().port);
}

// Not even by the peer's own packets, sent again from elsewhere, before or after it is latched.
TEST_F(EngineSrtpTest, IsNotTakenOverByCopiesOfThePeersPackets) {
  Keys keys(kSuite);
  Open(Secured(keys));
  const Address thief = Ipv4(66, 6666);
  for (int turn = 0; turn < 10; ++turn) {
    const std::vector<uint8_t> packet = NextSealed(keys);
    DeliverFrom(caller_.address(), packet);
    DeliverFrom(thief, packet);
    EXPECT_EQ(Turn().at(0).to, caller_.address());
  }
  // First from the thief: its copy must not make a replay of the peer's own.
  for (int turn = 0; turn < 10; ++turn) {
    const std::vector<uint8_t> packet = NextSealed(keys);
    DeliverFrom(thief, packet);
    DeliverFrom(caller_.address(), packet);
    EXPECT_EQ(Turn().at(0).to, caller_.address());
  }
  EXPECT_EQ(Stats()->packets_foreign, 20u);
  EXPECT_EQ(Stats()->srtp_replayed, 0u);
  EXPECT_EQ(Slot().packets_received, 20u);
  EXPECT_EQ(Slot().packets_lost, 0u);
}

TEST_F(EngineSrtpTest, DropsReplays) {
  Keys keys(kSuite);
  Open(Secured(keys));
  std::vector<std::vector<uint8_t>> captured;
  for (int turn = 0; turn < 10; ++turn) {
    captured.push_back(NextSealed(keys));
    TurnFrom(caller_.address(), captured.back());
  }
  for (int turn = 0; turn < 30; ++turn) Turn();
  EXPECT_EQ(Slot().input_level_dbov, 127u);
  for (const std::vector<uint8_t>& packet : captured) TurnFrom(caller_.address(), packet);
  EXPECT_EQ(Stats()->srtp_replayed, 10u);
  EXPECT_EQ(Slot().srtp_replayed, 10u);
  EXPECT_EQ(Slot().packets_received, 10u);
  EXPECT_EQ(Slot().packets_duplicate, 0u);
  EXPECT_EQ(Slot().input_level_dbov, 127u);
}

// On a socket of their own and on the shared one.
TEST_F(EngineSrtpTest, SealsReportsAndBelievesOnlySealedOnes) {
  for (const int rtcp : {-1, kRtcpDescriptor}) {
    testing::TestShard shard;
    Keys keys(kSuite);
    layout::OpenLeg command = Secured(keys);
    command.rtcp_fd = rtcp;
    shard.Command({testing::OpenRoom(0, 8000), Record::From(command)});
    const int descriptor = rtcp < 0 ? caller_.descriptor() : rtcp;
    shard.port().Deliver(caller_.descriptor(), caller_.address(), NextSealed(keys), shard.now_ns());
    size_t reports = 0;
    bool has_goodbye = false;
    for (int turn = 0; turn < 20 * 50; ++turn) {
      if (turn % 50 == 0) {
        RtcpReport report;
        report.ssrc = 0x1000;
        std::array<uint8_t, 1> name = {'p'};
        report.cname = name;
        std::array<uint8_t, kRtcpReportBytesMax> bytes;
        const size_t count = WriteRtcp(report, bytes);
        const std::vector<uint8_t> plain(bytes.begin(), bytes.begin() + count);
        shard.port().Deliver(descriptor, caller_.address(), plain, shard.now_ns());
        shard.port().Deliver(descriptor, caller_.address(),
                             testing::ProtectedRtcp(*keys.peer, plain), shard.now_ns());
      }
      if (turn == 19 * 50 + 40) shard.Command({testing::CloseLeg(caller_.leg())});
      shard.Tick(4);
      for (FakePort::Sent& sent : shard.port().TakeSent()) {
        if (ClassifyDatagram(sent.bytes) != DatagramKind::kRtcp) continue;
        EXPECT_EQ(sent.descriptor, descriptor);
        EXPECT_FALSE(ParseRtcp(sent.bytes, 0x1000).has_value());
        sent.bytes.resize(keys.peer->UnprotectRtcp(sent.bytes).bytes);
        const std::optional<RtcpSummary> summary = ParseRtcp(sent.bytes, 0x1000);
        ASSERT_TRUE(summary.has_value());
        EXPECT_EQ(summary->sender_ssrc, 0x5000'0000u);
        has_goodbye |= summary->bye;
        ++reports;
      }
    }
    EXPECT_GE(reports, 3u);
    EXPECT_TRUE(has_goodbye);
    EXPECT_NEAR(static_cast<double>(shard.engine().stats()->rtcp_received), 20, 1);
    EXPECT_NEAR(static_cast<double>(shard.engine().stats()->srtp_auth_failed), 20, 1);
  }
}

// The payload of a room's shared mix is coded once, and each of its listeners sealed apart.
TEST_F(EngineSrtpTest, DoesNotSealTheSharedPayloadInPlace) {
  Keys keys(kSuite);
  Keys others(SrtpSuite::kAeadAes128Gcm, 40);
  RtpCaller talker({.slot = 1}, kPcmu, 0);
  RtpCaller plain({.slot = 2}, kPcmu, 0);
  RtpCaller third({.slot = 3}, kPcmu, 0);
  layout::OpenLeg third_leg = third.OpenLeg();
  third_leg.srtp_session = others.id;
  shard_.Command(
      {testing::OpenRoom(0, 8000), Record::From(Secured(keys)), Record::From(talker.OpenLeg()),
       Record::From(plain.OpenLeg()), Record::From(third_leg),
       testing::RouteLeg(caller_.leg(), {.room = 0}), testing::RouteLeg(talker.leg(), {.room = 0}),
       testing::RouteLeg(plain.leg(), {.room = 0}), testing::RouteLeg(third.leg(), {.room = 0})});
  for (int turn = 0; turn < 10; ++turn) {
    talker.Send(shard_, std::vector<int16_t>(160, static_cast<int16_t>(1000 + turn)));
    std::vector<std::vector<uint8_t>> payloads;
    for (const FakePort::Sent& sent : Turn()) {
      std::vector<uint8_t> packet = sent.bytes;
      if (sent.descriptor == talker.descriptor()) continue;
      if (sent.descriptor == caller_.descriptor()) packet = Opened(*keys.peer, packet);
      if (sent.descriptor == third.descriptor()) packet = Opened(*others.peer, packet);
      const std::optional<RtpPacketView> view = ParseRtpPacket(packet);
      ASSERT_TRUE(view.has_value());
      payloads.emplace_back(view->payload.begin(), view->payload.end());
    }
    ASSERT_EQ(payloads.size(), 3u);
    EXPECT_EQ(payloads[0], payloads[1]);
    EXPECT_EQ(payloads[0], payloads[2]);
  }
  EXPECT_GT(Stats()->encodes_shared, 10u);
}

TEST_F(EngineSrtpTest, RefusesALegWhoseSessionIsNotThere) {
  Keys keys(kSuite);
  layout::OpenLeg command = Secured(keys);
  command.srtp_session = keys.id + 1;
  shard_.Command({Record::From(command)});
  shard_.Tick(4);
  EXPECT_EQ(Stats()->commands_refused, 1u);
  EXPECT_EQ(Stats()->legs, 0u);
  EXPECT_TRUE(shard_.port().TakeSent().empty());
}

}  // namespace
}  // namespace parley
