// Media agreed on anew during a call: what changes at the edge of a tick, and what goes on.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "rtp/rtp_packet.h"
#include "rtp/srtp_table.h"
#include "testing/srtp_pair.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using layout::Codec;
using layout::Direction;
using testing::FakePort;
using testing::RtpCaller;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr SrtpSuite kSuite = SrtpSuite::kAesCm128HmacSha1Tag80;
constexpr uint32_t kSpeakingDbov = 60;

Address Ipv4(uint8_t last, uint16_t port) {
  return {.bytes = {198, 51, 100, last}, .port = port, .family = 4};
}

// One leg in room 0.
class EngineUpdateTest : public ::testing::Test {
 protected:
  ~EngineUpdateTest() override {
    for (const uint32_t id : sessions_) SrtpTable::OfProcess().Remove(id);
  }

  void Open() {
    media_ = caller_.OpenLeg();
    OpenAs(media_);
  }
  void OpenAs(const layout::OpenLeg& command) {
    media_ = command;
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(command),
                    testing::RouteLeg(caller_.leg(), {.room = 0})});
  }
  void Update() { shard_.Command({testing::UpdateLeg(media_)}); }

  void SetRemote(const Address& remote) {
    media_.remote_family = remote.family;
    media_.remote_rtp_port = remote.port;
    std::ranges::copy(remote.bytes, media_.remote_address);
  }

  uint32_t NewSession(uint8_t ours, uint8_t theirs) {
    sessions_.push_back(
        *SrtpTable::OfProcess().Add(testing::MakeSrtpSession(kSuite, ours, theirs)));
    return sessions_.back();
  }

  std::vector<uint8_t> NextPacket() { return caller_.NextPacket(std::vector<int16_t>(160, 1000)); }

  std::vector<FakePort::Sent> Turn() {
    shard_.Tick(4);
    return shard_.port().TakeSent();
  }
  std::vector<FakePort::Sent> TurnFrom(const Address& source, const std::vector<uint8_t>& bytes) {
    shard_.port().Deliver(caller_.descriptor(), source, bytes, shard_.now_ns());
    return Turn();
  }
  // Turns in which the caller sends from `source`; RTP headers of what the engine sent.
  std::vector<RtpHeader> Turns(int turns, const Address& source) {
    std::vector<RtpHeader> headers;
    for (int turn = 0; turn < turns; ++turn) {
      for (const FakePort::Sent& sent : TurnFrom(source, NextPacket())) {
        last_to_ = sent.to;
        if (ClassifyDatagram(sent.bytes) != DatagramKind::kRtp) continue;
        headers.push_back(ParseRtpPacket(sent.bytes)->header);
      }
    }
    return headers;
  }

  const layout::StatsBlock* Stats() { return shard_.engine().stats().operator->(); }
  const layout::LegSlot& Slot() const { return shard_.arena().leg(0); }

  testing::TestShard shard_;
  RtpCaller caller_{{.slot = 0}, kPcmu, 0};
  layout::OpenLeg media_;
  Address last_to_;
  std::vector<uint32_t> sessions_;
};

TEST_F(EngineUpdateTest, ChangesNothingWhenAllIsTheSame) {
  Open();
  const auto before = Turns(10, caller_.address());
  Update();
  const auto after = Turns(10, caller_.address());
  EXPECT_EQ(Stats()->commands_refused, 0u);
  EXPECT_EQ(after[0].sequence, static_cast<uint16_t>(before[9].sequence + 1));
  EXPECT_EQ(after[0].timestamp, before[9].timestamp + 160);
  EXPECT_EQ(after[0].ssrc, before[9].ssrc);
  EXPECT_FALSE(after[0].marker);
  EXPECT_EQ(Slot().frames_concealed, 0u);
  EXPECT_EQ(Slot().packets_lost, 0u);
}

TEST_F(EngineUpdateTest, FollowsThePeerToAnotherAddress) {
  Open();
  Turns(60, caller_.address());
  ASSERT_EQ(shard_.port().connected().size(), 1u);
  const Address moved = Ipv4(9, 9'000);
  SetRemote(moved);
  Update();
  // Sends there at once; the socket must not be bound to where the peer was.
  const auto sent = Turn();
  EXPECT_EQ(sent.at(0).to, moved);
  EXPECT_TRUE(shard_.port().connected().empty());
  // Stragglers from there are not heard, and do not bring the leg back.
  Turns(5, caller_.address());
  EXPECT_EQ(last_to_, moved);
  const uint64_t received = Slot().packets_received;
  Turns(60, moved);
  EXPECT_EQ(last_to_, Address{});
  EXPECT_EQ(shard_.port().connected().at(caller_.descriptor()), moved);
  EXPECT_EQ(Slot().packets_received, received + 60);
  EXPECT_EQ(Slot().remote_port, 9'000u);
}

// Behind a NAT the address in the description is not where packets come from; saying it again is
// no news.
TEST_F(EngineUpdateTest, KeepsThePeerItFoundWhenTheSameAddressIsNamedAgain) {
  Open();
  const Address mapped = Ipv4(9, 40'000);
  Turns(5, mapped);
  Update();
  Turn();
  EXPECT_EQ(Turns(1, mapped).size(), 1u);
  EXPECT_EQ(last_to_, mapped);
}

TEST_F(EngineUpdateTest, RespectsTheDirection) {
  Open();
  Turns(10, caller_.address());
  EXPECT_LT(Slot().input_level_dbov, kSpeakingDbov);

  media_.direction = static_cast<uint32_t>(Direction::kRecvonly);
  Update();
  EXPECT_TRUE(Turns(10, caller_.address()).empty());
  EXPECT_LT(Slot().input_level_dbov, kSpeakingDbov);

  media_.direction = static_cast<uint32_t>(Direction::kSendonly);
  Update();
  EXPECT_EQ(Turns(20, caller_.address()).size(), 20u);
  EXPECT_EQ(Slot().input_level_dbov, 127u);

  media_.direction = static_cast<uint32_t>(Direction::kInactive);
  Update();
  EXPECT_TRUE(Turns(10, caller_.address()).empty());
  EXPECT_EQ(Slot().input_level_dbov, 127u);

  media_.direction = static_cast<uint32_t>(Direction::kSendrecv);
  Update();
  const auto after = Turns(10, caller_.address());
  ASSERT_EQ(after.size(), 10u);
  // Time went on while nothing was sent; numbers did not.
  EXPECT_TRUE(after[0].marker);
  EXPECT_EQ(after[0].sequence, static_cast<uint16_t>(media_.first_sequence + 30));
  EXPECT_EQ(after[0].timestamp, media_.first_timestamp + 50 * 160);
  EXPECT_LT(Slot().input_level_dbov, kSpeakingDbov);
  EXPECT_EQ(Slot().packets_received, 60u);
}

TEST_F(EngineUpdateTest, ReportsWhileNoSoundIsSentButNotToAPeerThatWantsNothing) {
  Open();
  media_.direction = static_cast<uint32_t>(Direction::kInactive);
  Update();
  Turns(20 * 50, caller_.address());
  const uint64_t reports = Stats()->rtcp_sent;
  EXPECT_GE(reports, 2u);
  EXPECT_EQ(Stats()->packets_sent, 0u);

  media_.direction = static_cast<uint32_t>(Direction::kSendrecv);
  media_.remote_family = 0;
  media_.parked = 1;
  Update();
  for (int turn = 0; turn < 20 * 50; ++turn) {
    EXPECT_TRUE(TurnFrom(caller_.address(), NextPacket()).empty());
  }
  // Still heard, and taken for the peer.
  EXPECT_LT(Slot().input_level_dbov, kSpeakingDbov);
  EXPECT_EQ(Slot().remote_port, caller_.address().port);
  media_.parked = 0;
  Update();
  EXPECT_EQ(Turns(1, caller_.address()).size(), 1u);
  EXPECT_EQ(last_to_, Address{});
}

TEST_F(EngineUpdateTest, ChangesCodecAndPayloadType) {
  Open();
  auto headers = Turns(10, caller_.address());
  RtpCaller other({.slot = 0}, {Codec::kL16, 16'000}, 97);
  media_.codec = static_cast<uint8_t>(Codec::kL16);
  media_.rate_hz = 16'000;
  media_.payload_type = 97;
  media_.telephone_event_payload_type = 98;
  Update();
  std::vector<RtpPacketView> sent;
  for (int turn = 0; turn < 20; ++turn) {
    other.Send(shard_, std::vector<int16_t>(320, 1000));
    const auto datagrams = Turn();
    const std::optional<RtpPacketView> packet = ParseRtpPacket(datagrams.at(0).bytes);
    EXPECT_EQ(packet->header.payload_type, 97);
    EXPECT_EQ(packet->payload.size(), 640u);
    EXPECT_EQ(packet->header.sequence, static_cast<uint16_t>(headers.back().sequence + 1 + turn));
    EXPECT_EQ(packet->header.timestamp,
              headers.back().timestamp + 160 + 320u * static_cast<uint32_t>(turn));
  }
  EXPECT_LT(Slot().input_level_dbov, kSpeakingDbov);
  EXPECT_EQ(Stats()->commands_refused, 0u);
  EXPECT_EQ(Stats()->packets_payload_unknown, 0u);
}

TEST_F(EngineUpdateTest, RekeysWithoutAGap) {
  const auto peer = testing::MakeSrtpSession(kSuite, 101, 1);
  const auto peer_later = testing::MakeSrtpSession(kSuite, 102, 2);
  layout::OpenLeg command = caller_.OpenLeg();
  command.srtp_session = NewSession(1, 101);
  OpenAs(command);
  const auto turn_under = [&](SrtpSession& outbound, SrtpSession& inbound) {
    size_t opened = 0;
    for (FakePort::Sent& sent :
         TurnFrom(caller_.address(), testing::ProtectedRtp(outbound, NextPacket()))) {
      if (ClassifyDatagram(sent.bytes) != DatagramKind::kRtp) continue;
      if (inbound.UnprotectRtp(sent.bytes).ok()) ++opened;
    }
    return opened;
  };
  for (int turn = 0; turn < 10; ++turn) EXPECT_EQ(turn_under(*peer, *peer), 1u);

  media_.srtp_session = NewSession(2, 102);
  Update();
  // The answer is on its way: the peer goes on as before, and understands only that.
  for (int turn = 0; turn < 5; ++turn) EXPECT_EQ(turn_under(*peer, *peer), 1u);
  // It has read the answer.
  for (int turn = 0; turn < 10; ++turn) EXPECT_EQ(turn_under(*peer_later, *peer_later), 1u);
  EXPECT_EQ(Stats()->srtp_auth_failed, 0u);
  EXPECT_EQ(Slot().packets_received, 25u);
  EXPECT_EQ(Slot().packets_lost, 0u);
  EXPECT_EQ(Slot().frames_concealed, 0u);

  // The id of the session in use changes nothing: keys and counters go on.
  Update();
  for (int turn = 0; turn < 10; ++turn) EXPECT_EQ(turn_under(*peer_later, *peer_later), 1u);
  EXPECT_EQ(Stats()->commands_refused, 0u);
}

TEST_F(EngineUpdateTest, SecuresAPlainLegAndNeverGoesBack) {
  Open();
  Turns(5, caller_.address());
  const auto peer = testing::MakeSrtpSession(kSuite, 101, 1);
  media_.srtp_session = NewSession(1, 101);
  Update();
  const auto sent = TurnFrom(caller_.address(), testing::ProtectedRtp(*peer, NextPacket()));
  std::vector<uint8_t> bytes = sent.at(0).bytes;
  EXPECT_TRUE(peer->UnprotectRtp(bytes).ok());
  EXPECT_EQ(Slot().packets_received, 6u);

  media_.srtp_session = 0;
  SetRemote(Ipv4(9, 9'000));
  Update();
  bytes = TurnFrom(caller_.address(), testing::ProtectedRtp(*peer, NextPacket())).at(0).bytes;
  EXPECT_EQ(Stats()->commands_refused, 1u);
  EXPECT_TRUE(peer->UnprotectRtp(bytes).ok());
  EXPECT_EQ(Slot().remote_port, caller_.address().port);
}

TEST_F(EngineUpdateTest, RefusesWhatCannotBeAndGoesOn) {
  Open();
  const layout::OpenLeg right = media_;
  const auto refuses = [&](auto change) {
    const uint64_t refused = Stats()->commands_refused;
    media_ = right;
    change(media_);
    Update();
    Turn();
    return Stats()->commands_refused == refused + 1;
  };
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.codec = 200; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.rate_hz = 11'025; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.payload_type = 128; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.direction = 4; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.remote_family = 5; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.jitter_ms = 100'000; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.srtp_session = 0x7777'0001; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) { media.header.leg = 5; }));
  EXPECT_TRUE(refuses([](layout::OpenLeg& media) {
    media.transport = static_cast<uint8_t>(layout::Transport::kLane);
  }));
  EXPECT_EQ(Turns(3, caller_.address()).size(), 3u);
}

}  // namespace
}  // namespace parley
