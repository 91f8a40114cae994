// The peer of an RTP leg over time: it moves, falls silent, says goodbye, has our number; and
// others want to be it.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
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
constexpr uint32_t kOurSsrc = 0x5000'0000;
constexpr uint32_t kPeerSsrc = 0x1000;
const std::vector<int16_t> kSound(160, 1000);

Address Ipv4(uint8_t last, uint16_t port) {
  return {.bytes = {198, 51, 100, last}, .port = port, .family = 4};
}

class EnginePeerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(caller_.OpenLeg()),
                    testing::RouteLeg(caller_.leg(), {.room = 0})});
    shard_.Tick(4);
    shard_.port().TakeSent();
  }

  void Deliver(const Address& source, const std::vector<uint8_t>& bytes) {
    shard_.port().Deliver(caller_.descriptor(), source, bytes, shard_.now_ns());
  }

  // 20 ms: what was sent, and what was told of the media: S silent, G goodbye, R resumed.
  std::vector<FakePort::Sent> Turn() {
    shard_.Tick(4);
    for (const Record& event : shard_.TakeEvents()) {
      switch (static_cast<EventKind>(event.header().kind)) {
        case EventKind::kLegMediaStopped: {
          const auto stopped = event.As<layout::LegMediaStopped>();
          told_ += "SG"[stopped.reason];
          silent_ms_ = stopped.silent_ms;
          break;
        }
        case EventKind::kLegMediaResumed:
          told_ += 'R';
          break;
        default:
          break;
      }
    }
    return shard_.port().TakeSent();
  }

  // `count` turns in which the peer sends from `source`; what was sent in the last.
  std::vector<FakePort::Sent> Talk(const Address& source, int count) {
    std::vector<FakePort::Sent> sent;
    for (int turn = 0; turn < count; ++turn) {
      Deliver(source, caller_.NextPacket(kSound));
      sent = Turn();
    }
    return sent;
  }

  void Wait(int count) {
    for (int turn = 0; turn < count; ++turn) Turn();
  }

  // Where packets go: the connected peer, too.
  Address Destination(const std::vector<FakePort::Sent>& sent) {
    if (sent.empty()) return {};
    if (sent[0].to.is_set()) return sent[0].to;
    return shard_.port().connected().at(caller_.descriptor());
  }

  static std::vector<uint8_t> Goodbye(uint32_t ssrc) {
    RtcpReport report;
    report.ssrc = ssrc;
    report.bye = true;
    std::vector<uint8_t> bytes(kRtcpReportBytesMax);
    bytes.resize(WriteRtcp(report, bytes));
    return bytes;
  }

  const layout::StatsBlock* Stats() { return shard_.engine().stats().operator->(); }
  uint32_t Level() const { return shard_.arena().leg(0).input_level_dbov; }

  testing::TestShard shard_;
  RtpCaller caller_{{.slot = 0}, kPcmu, 0};
  std::string told_;
  uint32_t silent_ms_ = 0;
};

TEST_F(EnginePeerTest, FollowsAPeerWhoseNatGaveItAnotherPort) {
  Talk(caller_.address(), 100);
  EXPECT_EQ(shard_.port().connected().size(), 1u);
  // The NAT forgot it: what it sends comes from elsewhere, and at first the kernel drops it.
  const Address moved = Ipv4(9, 40'000);
  Talk(moved, 90);
  EXPECT_EQ(Stats()->relatches, 0u);
  EXPECT_EQ(Destination(Talk(moved, 30)), moved);
  EXPECT_EQ(Stats()->relatches, 1u);
  EXPECT_LT(Level(), 40u);
  EXPECT_EQ(Destination(Talk(moved, 60)), moved);
  EXPECT_EQ(shard_.port().connected().at(caller_.descriptor()), moved);
  EXPECT_EQ(Destination(Talk(caller_.address(), 10)), moved);
}

TEST_F(EnginePeerTest, IsNotTakenOverByAThirdPartyWhileThePeerSends) {
  RtpCaller thief({.slot = 0}, kPcmu, 0);  // knows SSRC and numbers
  for (int turn = 0; turn < 500; ++turn) {
    Deliver(Ipv4(66, 666), thief.NextPacket(std::vector<int16_t>(160, 30'000)));
    EXPECT_EQ(Destination(Talk(caller_.address(), 1)), caller_.address());
  }
  EXPECT_EQ(Stats()->relatches, 0u);
  EXPECT_GT(Stats()->packets_foreign, 0u);
  EXPECT_GT(Level(), 20u);
}

TEST_F(EnginePeerTest, IsNotTakenOverBySilenceAndGuessing) {
  Talk(caller_.address(), 100);
  Wait(150);
  EXPECT_TRUE(shard_.port().connected().empty());
  RtpCaller thief({.slot = 1}, kPcmu, 0);
  for (int turn = 0; turn < 1'000; ++turn) {
    Deliver(Ipv4(66, 666), thief.NextPacket(std::vector<int16_t>(160, 30'000)));
    EXPECT_EQ(Destination(Turn()), caller_.address());
  }
  EXPECT_EQ(Stats()->packets_foreign, 1'000u);
  EXPECT_EQ(Level(), 127u);
  // And the peer may still come back.
  Talk(caller_.address(), 30);
  EXPECT_LT(Level(), 40u);
}

TEST_F(EnginePeerTest, TellsThatMediaStoppedAndResumed) {
  Talk(caller_.address(), 50);
  Wait(248);
  EXPECT_EQ(told_, "");
  Wait(1'000);
  EXPECT_EQ(told_, "S");
  EXPECT_NEAR(silent_ms_, 5'000, 20);
  Talk(caller_.address(), 50);
  EXPECT_EQ(told_, "SR");
}

TEST_F(EnginePeerTest, TellsThatThePeerSaidGoodbye) {
  Talk(caller_.address(), 50);
  Deliver(caller_.address(), Goodbye(kPeerSsrc + 1));  // of somebody else
  Wait(10);
  EXPECT_EQ(told_, "");
  Deliver(Ipv4(66, 666), Goodbye(kPeerSsrc));  // from somebody else
  Wait(10);
  EXPECT_EQ(told_, "");
  Deliver(caller_.address(), Goodbye(kPeerSsrc));
  Wait(10);
  EXPECT_EQ(told_, "G");
  Talk(caller_.address(), 100);
  EXPECT_EQ(told_, "GR");
}

TEST_F(EnginePeerTest, TakesAnotherSsrcWhenThePeerHasOurs) {
  Talk(caller_.address(), 10);
  std::vector<uint8_t> packet;
  const auto as_ours = [&] {
    packet = caller_.NextPacket(kSound);
    packet[8] = 0x50;
    packet[9] = packet[10] = packet[11] = 0;
    return packet;
  };
  Deliver(caller_.address(), as_ours());
  Deliver(caller_.address(), as_ours());
  const std::vector<FakePort::Sent> sent = Turn();
  ASSERT_EQ(sent.size(), 2u);
  const std::optional<RtcpSummary> goodbye = ParseRtcp(sent[0].bytes, 0);
  ASSERT_TRUE(goodbye);
  EXPECT_TRUE(goodbye->bye);
  EXPECT_EQ(goodbye->sender_ssrc, kOurSsrc);
  const RtpHeader renamed = ParseRtpPacket(sent[1].bytes)->header;
  EXPECT_NE(renamed.ssrc, kOurSsrc);
  EXPECT_TRUE(renamed.marker);
  EXPECT_EQ(Stats()->ssrc_collisions, 1u);
  // The peer keeps the number, and is heard.
  for (int turn = 0; turn < 20; ++turn) {
    Deliver(caller_.address(), as_ours());
    Turn();
  }
  EXPECT_LT(Level(), 40u);
  EXPECT_EQ(Stats()->ssrc_collisions, 1u);
  EXPECT_EQ(Stats()->packets_looped, 0u);
}

TEST_F(EnginePeerTest, HearsNoEchoOfItsOwnPackets) {
  std::vector<FakePort::Sent> sent = Turn();
  for (int turn = 0; turn < 200; ++turn) {
    for (const FakePort::Sent& datagram : sent) Deliver(caller_.address(), datagram.bytes);
    sent = Turn();
  }
  EXPECT_EQ(Stats()->ssrc_collisions, 1u);
  EXPECT_GT(Stats()->packets_looped, 190u);
  EXPECT_LT(Stats()->packets_received, 3u);
}

}  // namespace
}  // namespace parley
