#include "rtp/srtp_channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "testing/allocation_trap.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

using testing::MakeSrtpSession;
using testing::ProtectedRtcp;
using testing::ProtectedRtp;
using testing::RtcpPacket;
using testing::RtpPacket;
using testing::SrtpPair;
using Bytes = std::vector<uint8_t>;

constexpr SrtpSuite kSuite = SrtpSuite::kAesCm128HmacSha1Tag80;

// A channel and its peer, before and after a rekey to another suite.
class SrtpChannelTest : public ::testing::Test {
 protected:
  SrtpResult Receive(Bytes datagram, int64_t now_ns) {
    return channel_.UnprotectRtp(datagram, now_ns).result;
  }

  // Which of the two peers understands what the channel sends now.
  SrtpPair* SentUnder(uint16_t sequence, int64_t now_ns) {
    Bytes packet = RtpPacket(sequence);
    packet.resize(172 + kSrtpOverheadBytes);
    packet.resize(channel_.ProtectRtp(packet, 172, now_ns).bytes);
    for (SrtpPair* pair : {&old_, &new_}) {
      Bytes copy = packet;
      if (pair->theirs->UnprotectRtp(copy).ok()) return pair;
    }
    return nullptr;
  }

  SrtpPair old_{kSuite};
  SrtpPair new_{SrtpSuite::kAeadAes128Gcm};
  SrtpChannel channel_{old_.ours.get()};
};

TEST_F(SrtpChannelTest, CarriesBothKindsBothWays) {
  EXPECT_EQ(Receive(ProtectedRtp(*old_.theirs, RtpPacket(1)), 0), SrtpResult::kOk);
  Bytes report = ProtectedRtcp(*old_.theirs, RtcpPacket());
  EXPECT_TRUE(channel_.UnprotectRtcp(report, 0).ok());
  EXPECT_EQ(SentUnder(1, 0), &old_);
  Bytes own = RtcpPacket();
  const size_t own_bytes = own.size();
  own.resize(own_bytes + kSrtcpOverheadBytes);
  own.resize(channel_.ProtectRtcp(own, own_bytes, 0).bytes);
  EXPECT_TRUE(old_.theirs->UnprotectRtcp(own).ok());
}

TEST_F(SrtpChannelTest, UnderstandsBothKeysForAWhile) {
  EXPECT_EQ(Receive(ProtectedRtp(*old_.theirs, RtpPacket(1)), 0), SrtpResult::kOk);
  channel_.Rekey(new_.ours.get(), 0);
  EXPECT_EQ(Receive(ProtectedRtp(*old_.theirs, RtpPacket(2)), 1), SrtpResult::kOk);
  EXPECT_EQ(Receive(ProtectedRtp(*new_.theirs, RtpPacket(3)), 2), SrtpResult::kOk);
  const Bytes straggler = ProtectedRtp(*old_.theirs, RtpPacket(4));
  EXPECT_EQ(Receive(straggler, kSrtpPreviousKeyNs - 1), SrtpResult::kOk);
  EXPECT_NE(Receive(straggler, kSrtpPreviousKeyNs - 1), SrtpResult::kOk);
  EXPECT_EQ(Receive(ProtectedRtp(*old_.theirs, RtpPacket(5)), kSrtpPreviousKeyNs),
            SrtpResult::kAuthFailed);
  EXPECT_EQ(Receive(ProtectedRtp(*new_.theirs, RtpPacket(6)), kSrtpPreviousKeyNs), SrtpResult::kOk);
}

TEST_F(SrtpChannelTest, SendsUnderTheNewKeyOnceThePeerDoes) {
  channel_.Rekey(new_.ours.get(), 0);
  EXPECT_EQ(SentUnder(1, 1), &old_);
  EXPECT_EQ(Receive(ProtectedRtp(*old_.theirs, RtpPacket(1)), 2), SrtpResult::kOk);
  EXPECT_EQ(SentUnder(2, 3), &old_);
  EXPECT_EQ(Receive(ProtectedRtp(*new_.theirs, RtpPacket(2)), 4), SrtpResult::kOk);
  EXPECT_EQ(SentUnder(3, 5), &new_);
}

TEST_F(SrtpChannelTest, SendsUnderTheNewKeyToAPeerThatIsSilent) {
  channel_.Rekey(new_.ours.get(), 0);
  EXPECT_EQ(SentUnder(1, kSrtpRekeyWaitNs - 1), &old_);
  EXPECT_EQ(SentUnder(2, kSrtpRekeyWaitNs), &new_);
}

TEST_F(SrtpChannelTest, DoesNotTouchASessionTwoRekeysBack) {
  channel_.Rekey(new_.ours.get(), 0);
  SrtpPair third(kSuite);
  const auto ours = MakeSrtpSession(kSuite, 20, 30);
  const auto theirs = MakeSrtpSession(kSuite, 30, 20);
  channel_.Rekey(ours.get(), 1);
  const Bytes old_packet = ProtectedRtp(*old_.theirs, RtpPacket(1));
  old_.ours.reset();
  EXPECT_EQ(Receive(old_packet, 2), SrtpResult::kAuthFailed);
  EXPECT_EQ(SentUnder(1, 2), &new_);
  EXPECT_EQ(Receive(ProtectedRtp(*new_.theirs, RtpPacket(2)), 2), SrtpResult::kOk);
  EXPECT_EQ(Receive(ProtectedRtp(*theirs, RtpPacket(3)), 2), SrtpResult::kOk);
}

// A peer that has counted two rollovers, and goes on doing so under its new key (RFC 3711 3.3.1),
// or begins again (RFC 4568 7.1.4).
TEST_F(SrtpChannelTest, UnderstandsThePeersRolloverCounterEitherWay) {
  for (const bool goes_on : {true, false}) {
    SrtpPair before(kSuite);
    SrtpPair after(SrtpSuite::kAeadAes256Gcm);
    SrtpChannel channel(before.ours.get());
    const auto count_up = [](SrtpSession& session, uint32_t to) {
      Bytes last;
      for (uint32_t n = 0; n <= to; n += 10'000) {
        last = ProtectedRtp(session, RtpPacket(static_cast<uint16_t>(n)));
      }
      return last;
    };
    for (uint32_t n = 0; n <= 150'000; n += 10'000) {
      Bytes packet = ProtectedRtp(*before.theirs, RtpPacket(static_cast<uint16_t>(n)));
      ASSERT_TRUE(channel.UnprotectRtp(packet, 0).ok());
    }
    channel.Rekey(after.ours.get(), 0);
    if (goes_on) count_up(*after.theirs, 150'000);
    Bytes first = ProtectedRtp(*after.theirs, RtpPacket(static_cast<uint16_t>(150'001)));
    EXPECT_TRUE(channel.UnprotectRtp(first, 1).ok());
    Bytes second = ProtectedRtp(*after.theirs, RtpPacket(static_cast<uint16_t>(150'002)));
    EXPECT_TRUE(channel.UnprotectRtp(second, 1).ok());
  }
}

TEST_F(SrtpChannelTest, AllocatesNothing) {
  Bytes before = ProtectedRtp(*old_.theirs, RtpPacket(1));
  Bytes straggler = ProtectedRtp(*old_.theirs, RtpPacket(2));
  Bytes after = ProtectedRtp(*new_.theirs, RtpPacket(3));
  Bytes own = RtpPacket(1);
  own.resize(172 + kSrtpOverheadBytes);
  const testing::AllocationTrap trap;
  bool all_ok = channel_.UnprotectRtp(before, 0).ok();
  channel_.Rekey(new_.ours.get(), 0);
  all_ok &= channel_.UnprotectRtp(straggler, 1).ok();
  all_ok &= channel_.UnprotectRtp(after, 2).ok();
  all_ok &= channel_.ProtectRtp(own, 172, 3).ok();
  EXPECT_EQ(trap.allocations() + trap.frees(), 0u);
  EXPECT_TRUE(all_ok);
}

}  // namespace
}  // namespace parley
