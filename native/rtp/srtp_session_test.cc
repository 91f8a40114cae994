#include "rtp/srtp_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "testing/allocation_trap.h"
#include "testing/hex.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

using testing::FromHex;
using testing::MakeSrtpSession;
using testing::ProtectedRtcp;
using testing::ProtectedRtp;
using testing::RtcpPacket;
using testing::RtpPacket;
using testing::SrtpMaster;
using testing::SrtpPair;
using Bytes = std::vector<uint8_t>;

SrtpResult Receive(SrtpSession& session, Bytes datagram) {
  return session.UnprotectRtp(datagram).result;
}

SrtpResult ReceiveRtcp(SrtpSession& session, Bytes datagram) {
  return session.UnprotectRtcp(datagram).result;
}

Bytes Plain(SrtpSession& session, Bytes datagram) {
  datagram.resize(session.UnprotectRtp(datagram).bytes);
  return datagram;
}

Bytes PlainRtcp(SrtpSession& session, Bytes datagram) {
  datagram.resize(session.UnprotectRtcp(datagram).bytes);
  return datagram;
}

class SrtpSessionSuites : public ::testing::TestWithParam<SrtpSuite> {
 protected:
  SrtpPair pair_{GetParam()};
  SrtpSession& ours_ = *pair_.ours;
  SrtpSession& theirs_ = *pair_.theirs;
};

INSTANTIATE_TEST_SUITE_P(All, SrtpSessionSuites, ::testing::ValuesIn(testing::kAllSrtpSuites));

TEST_P(SrtpSessionSuites, CarryRtpBothWays) {
  for (const size_t payload_bytes : {0u, 1u, 15u, 16u, 17u, 160u, 1200u}) {
    const auto sequence = static_cast<uint16_t>(payload_bytes + 1);
    const Bytes packet = RtpPacket(sequence, 1, payload_bytes);
    const Bytes there = ProtectedRtp(ours_, packet);
    EXPECT_EQ(there.size(), packet.size() + SizesOf(GetParam()).rtp_tag_bytes);
    EXPECT_EQ(Plain(theirs_, there), packet);
    const Bytes back = ProtectedRtp(theirs_, packet);
    EXPECT_EQ(Plain(ours_, back), packet);
    EXPECT_NE(there, back);
  }
}

TEST_P(SrtpSessionSuites, CarryRtcp) {
  for (const size_t more_bytes : {0u, 4u, 24u, 100u}) {
    const Bytes packet = RtcpPacket(9, more_bytes);
    const Bytes datagram = ProtectedRtcp(ours_, packet);
    EXPECT_EQ(datagram.size(), packet.size() + 4 + SizesOf(GetParam()).rtcp_tag_bytes);
    EXPECT_EQ(PlainRtcp(theirs_, datagram), packet);
  }
}

TEST_P(SrtpSessionSuites, HideThePayloadAndNothingElse) {
  Bytes packet = RtpPacket(1);
  packet[0] = 0x92;  // extension, two CSRCs
  packet[20] = 0xbe;
  packet[21] = 0xde;
  packet[22] = 0;
  packet[23] = 1;
  const Bytes datagram = ProtectedRtp(ours_, packet);
  const size_t header_bytes = 12 + 8 + 4 + 4;
  EXPECT_TRUE(std::equal(packet.begin(), packet.begin() + header_bytes, datagram.begin()));
  int same = 0;
  for (size_t i = header_bytes; i < packet.size(); ++i) same += packet[i] == datagram[i] ? 1 : 0;
  EXPECT_LT(same, 8);
  EXPECT_EQ(Plain(theirs_, datagram), packet);
}

TEST_P(SrtpSessionSuites, RefuseAPacketWithAnyBitChanged) {
  EXPECT_EQ(Receive(theirs_, ProtectedRtp(ours_, RtpPacket(1))), SrtpResult::kOk);
  const Bytes datagram = ProtectedRtp(ours_, RtpPacket(2));
  for (size_t i = 0; i < datagram.size(); ++i) {
    Bytes changed = datagram;
    changed[i] ^= static_cast<uint8_t>(1 << (i % 8));
    const Bytes before = changed;
    const SrtpOutcome outcome = theirs_.UnprotectRtp(changed);
    EXPECT_FALSE(outcome.ok()) << "byte " << i;
    EXPECT_EQ(outcome.bytes, 0u);
    EXPECT_EQ(changed, before) << "byte " << i;
  }
  EXPECT_EQ(Receive(theirs_, datagram), SrtpResult::kOk);
}

TEST_P(SrtpSessionSuites, RefuseRtcpWithAnyBitChanged) {
  const Bytes datagram = ProtectedRtcp(ours_, RtcpPacket());
  for (size_t i = 0; i < datagram.size(); ++i) {
    Bytes changed = datagram;
    changed[i] ^= static_cast<uint8_t>(1 << (i % 8));
    const Bytes before = changed;
    EXPECT_FALSE(theirs_.UnprotectRtcp(changed).ok()) << "byte " << i;
    EXPECT_EQ(changed, before) << "byte " << i;
  }
  EXPECT_EQ(ReceiveRtcp(theirs_, datagram), SrtpResult::kOk);
}

TEST_P(SrtpSessionSuites, RefuseWhatAnotherKeyMade) {
  const auto stranger = MakeSrtpSession(GetParam(), 50, 60);
  EXPECT_EQ(Receive(theirs_, ProtectedRtp(*stranger, RtpPacket(1))), SrtpResult::kAuthFailed);
  EXPECT_EQ(ReceiveRtcp(theirs_, ProtectedRtcp(*stranger, RtcpPacket())), SrtpResult::kAuthFailed);
  // Our own packet, thrown back at us.
  EXPECT_EQ(Receive(ours_, ProtectedRtp(ours_, RtpPacket(1))), SrtpResult::kAuthFailed);
}

TEST_P(SrtpSessionSuites, RefuseWhatWasSeenBefore) {
  const Bytes first = ProtectedRtp(ours_, RtpPacket(1));
  const Bytes report = ProtectedRtcp(ours_, RtcpPacket());
  EXPECT_EQ(Receive(theirs_, first), SrtpResult::kOk);
  EXPECT_EQ(Receive(theirs_, first), SrtpResult::kReplayed);
  EXPECT_EQ(ReceiveRtcp(theirs_, report), SrtpResult::kOk);
  EXPECT_EQ(ReceiveRtcp(theirs_, report), SrtpResult::kReplayed);
  for (uint16_t sequence = 2; sequence <= 130; ++sequence) {
    EXPECT_EQ(Receive(theirs_, ProtectedRtp(ours_, RtpPacket(sequence))), SrtpResult::kOk);
    EXPECT_EQ(ReceiveRtcp(theirs_, ProtectedRtcp(ours_, RtcpPacket())), SrtpResult::kOk);
  }
  EXPECT_EQ(Receive(theirs_, first), SrtpResult::kTooOld);
  EXPECT_EQ(ReceiveRtcp(theirs_, report), SrtpResult::kTooOld);
}

TEST_P(SrtpSessionSuites, TakePacketsInAnyOrderInsideTheWindow) {
  std::vector<Bytes> datagrams;
  for (uint16_t sequence = 1; sequence <= 127; ++sequence) {
    datagrams.push_back(ProtectedRtp(ours_, RtpPacket(sequence)));
  }
  std::shuffle(datagrams.begin(), datagrams.end(), std::mt19937(3));
  for (const Bytes& datagram : datagrams) EXPECT_EQ(Receive(theirs_, datagram), SrtpResult::kOk);
}

TEST_P(SrtpSessionSuites, CountRolloversThroughLossAndReordering) {
  std::mt19937 random(11);
  Bytes held;
  int refused = 0;
  for (uint32_t n = 0; n < 3 * 65'536 + 100; ++n) {
    const auto sequence = static_cast<uint16_t>(30'000 + n);
    const bool is_near_wrap = sequence > 65'500 || sequence < 36;
    if (!is_near_wrap && n % 97 != 0) continue;  // a gap is enough there
    const Bytes datagram = ProtectedRtp(ours_, RtpPacket(sequence, 1, 4));
    if (random() % 5 == 0) continue;  // lost
    if (held.empty() && random() % 4 == 0) {
      held = datagram;
      continue;
    }
    if (Plain(theirs_, datagram) != RtpPacket(sequence, 1, 4)) ++refused;
    if (!held.empty() && random() % 2 == 0) {
      const SrtpResult late = Receive(theirs_, held);
      if (late != SrtpResult::kOk && late != SrtpResult::kTooOld) ++refused;
      held.clear();
    }
  }
  EXPECT_EQ(refused, 0);
}

TEST_P(SrtpSessionSuites, UnderstandAStreamWhoseBeginningBeforeTheWrapWasLost) {
  for (const uint16_t sequence : std::initializer_list<uint16_t>{65'533, 65'534, 65'535}) {
    ProtectedRtp(ours_, RtpPacket(sequence));
  }
  const Bytes after_wrap = ProtectedRtp(ours_, RtpPacket(2));
  EXPECT_EQ(Plain(theirs_, after_wrap), RtpPacket(2));
  EXPECT_EQ(Plain(theirs_, ProtectedRtp(ours_, RtpPacket(3))), RtpPacket(3));
}

TEST_P(SrtpSessionSuites, KeepStreamsApart) {
  for (uint32_t ssrc = 1; ssrc <= kSrtpStreamsMax; ++ssrc) {
    EXPECT_EQ(Receive(theirs_, ProtectedRtp(ours_, RtpPacket(7, ssrc))), SrtpResult::kOk);
    EXPECT_EQ(ReceiveRtcp(theirs_, ProtectedRtcp(ours_, RtcpPacket(ssrc))), SrtpResult::kOk);
  }
  EXPECT_TRUE(ProtectedRtp(ours_, RtpPacket(7, 1000)).empty());
  const auto more = MakeSrtpSession(GetParam(), 1, 101);
  EXPECT_EQ(Receive(theirs_, ProtectedRtp(*more, RtpPacket(7, 1000))), SrtpResult::kStreamsFull);
  EXPECT_EQ(ReceiveRtcp(theirs_, ProtectedRtcp(*more, RtcpPacket(1000))), SrtpResult::kStreamsFull);
  EXPECT_EQ(Receive(theirs_, ProtectedRtp(ours_, RtpPacket(8, 1))), SrtpResult::kOk);
}

TEST_P(SrtpSessionSuites, KeepNoPlaceForStrangers) {
  const auto stranger = MakeSrtpSession(GetParam(), 50, 60);
  for (uint32_t ssrc = 0; ssrc < kSrtpStreamsMax; ++ssrc) {
    EXPECT_EQ(Receive(theirs_, ProtectedRtp(*stranger, RtpPacket(1, ssrc))),
              SrtpResult::kAuthFailed);
  }
  EXPECT_EQ(Receive(theirs_, ProtectedRtp(ours_, RtpPacket(1, 99))), SrtpResult::kOk);
}

TEST_P(SrtpSessionSuites, NeverSendTwoPacketsUnderOneIndex) {
  EXPECT_FALSE(ProtectedRtp(ours_, RtpPacket(100)).empty());
  Bytes buffer = RtpPacket(100);
  buffer.resize(400);
  EXPECT_EQ(ours_.ProtectRtp(buffer, 172).result, SrtpResult::kReplayed);
  buffer = RtpPacket(99);
  buffer.resize(400);
  EXPECT_EQ(ours_.ProtectRtp(buffer, 172).result, SrtpResult::kReplayed);
  EXPECT_FALSE(ProtectedRtp(ours_, RtpPacket(101)).empty());
}

TEST_P(SrtpSessionSuites, RefuseABufferWithoutRoomForTheTag) {
  Bytes buffer = RtpPacket(1);
  const Bytes packet = buffer;
  const size_t tag_bytes = SizesOf(GetParam()).rtp_tag_bytes;
  buffer.resize(packet.size() + tag_bytes - 1);
  EXPECT_EQ(ours_.ProtectRtp(buffer, packet.size()).result, SrtpResult::kNoRoom);
  EXPECT_TRUE(std::equal(packet.begin(), packet.end(), buffer.begin()));
  buffer.resize(packet.size() + tag_bytes);
  EXPECT_EQ(ours_.ProtectRtp(buffer, packet.size()).bytes, buffer.size());

  Bytes report = RtcpPacket();
  const size_t report_bytes = report.size();
  report.resize(report_bytes + 3 + SizesOf(GetParam()).rtcp_tag_bytes);
  EXPECT_EQ(ours_.ProtectRtcp(report, report_bytes).result, SrtpResult::kNoRoom);
}

TEST_P(SrtpSessionSuites, RefuseEveryTruncation) {
  const Bytes datagram = ProtectedRtp(ours_, RtpPacket(1));
  const Bytes report = ProtectedRtcp(ours_, RtcpPacket());
  for (size_t bytes = 0; bytes < datagram.size(); ++bytes) {
    Bytes cut(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_FALSE(theirs_.UnprotectRtp(cut).ok());
  }
  for (size_t bytes = 0; bytes < report.size(); ++bytes) {
    Bytes cut(report.begin(), report.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_FALSE(theirs_.UnprotectRtcp(cut).ok());
  }
}

TEST_P(SrtpSessionSuites, RefuseRandomBytes) {
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(random() % 90);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<uint8_t>(random()); });
    if (!bytes.empty() && i % 2 == 0) bytes[0] = static_cast<uint8_t>(0x80 | (bytes[0] & 0x3f));
    EXPECT_FALSE(theirs_.UnprotectRtp(bytes).ok());
    EXPECT_FALSE(theirs_.UnprotectRtcp(bytes).ok());
    Bytes buffer = bytes;
    buffer.resize(bytes.size() + kSrtcpOverheadBytes);
    ours_.ProtectRtp(buffer, bytes.size());
    ours_.ProtectRtcp(buffer, bytes.size());
  }
}

TEST_P(SrtpSessionSuites, RefuseRtcpThatIsNotEncrypted) {
  Bytes report = ProtectedRtcp(ours_, RtcpPacket());
  const size_t word = IsAead(GetParam()) ? report.size() - 4 : RtcpPacket().size();
  report[word] &= 0x7f;
  EXPECT_EQ(ReceiveRtcp(theirs_, report), SrtpResult::kMalformed);
}

TEST_P(SrtpSessionSuites, ReadTheMasterKeyIdentifierOfThePeer) {
  const auto theirs = MakeSrtpSession(GetParam(), 101, 1, {.value = 0x0203, .bytes = 2});
  const auto insert = [](Bytes bytes, size_t before_end) {
    bytes.insert(bytes.end() - static_cast<std::ptrdiff_t>(before_end), {2, 3});
    return bytes;
  };
  // RFC 3711 3.1: before the tag; RFC 7714 8: the tag belongs to what is before.
  const bool is_aead = IsAead(GetParam());
  const Bytes rtp = ProtectedRtp(ours_, RtpPacket(1));
  const Bytes rtcp = ProtectedRtcp(ours_, RtcpPacket());
  const size_t rtp_tag = is_aead ? 0 : SizesOf(GetParam()).rtp_tag_bytes;
  const size_t rtcp_tag = is_aead ? 0 : SizesOf(GetParam()).rtcp_tag_bytes;
  EXPECT_NE(Receive(*theirs, rtp), SrtpResult::kOk);
  Bytes other = insert(rtp, rtp_tag);
  other[other.size() - rtp_tag - 1] = 4;
  EXPECT_EQ(Receive(*theirs, other), SrtpResult::kAuthFailed);
  EXPECT_EQ(Plain(*theirs, insert(rtp, rtp_tag)), RtpPacket(1));
  EXPECT_EQ(PlainRtcp(*theirs, insert(rtcp, rtcp_tag)), RtcpPacket());
}

TEST_P(SrtpSessionSuites, AllocateNothingNotEvenForNewStreams) {
  std::vector<Bytes> packets;
  for (uint32_t i = 0; i < 64; ++i) {
    packets.push_back(RtpPacket(static_cast<uint16_t>(i), i % 8));
    packets.back().resize(172 + kSrtpOverheadBytes);
  }
  Bytes report = RtcpPacket();
  const size_t report_bytes = report.size();
  report.resize(report_bytes + kSrtcpOverheadBytes);
  Bytes garbage(100, 0x80);
  bool all_ok = true;
  const testing::AllocationTrap trap;
  for (Bytes& packet : packets) {
    const SrtpOutcome out = ours_.ProtectRtp(packet, 172);
    all_ok &= out.ok() && theirs_.UnprotectRtp(std::span(packet).first(out.bytes)).ok();
  }
  const SrtpOutcome out = ours_.ProtectRtcp(report, report_bytes);
  all_ok &= theirs_.UnprotectRtcp(std::span(report).first(out.bytes)).ok();
  all_ok &= !theirs_.UnprotectRtp(garbage).ok() && !theirs_.UnprotectRtcp(garbage).ok();
  EXPECT_EQ(trap.allocations() + trap.frees(), 0u);
  EXPECT_TRUE(all_ok);
}

// Key of RFC 3711 B.3; the packets are those with which libsrtp validates itself.
TEST(SrtpSession, GivesTheKnownAnswers) {
  const Bytes master = FromHex(
      "e1f97a0d3e018be0d64fa32c06de4139"
      "0ec675ad498afeebb6960b3aabe6");
  const Bytes other = SrtpMaster(SrtpSuite::kAesCm128HmacSha1Tag80, 1);
  SrtpSession sender({.suite = SrtpSuite::kAesCm128HmacSha1Tag80,
                      .inbound_master = other,
                      .outbound_master = master,
                      .inbound_mki = {}});
  SrtpSession receiver({.suite = SrtpSuite::kAesCm128HmacSha1Tag80,
                        .inbound_master = master,
                        .outbound_master = other,
                        .inbound_mki = {}});
  const Bytes rtp = FromHex("800f1234decafbadcafebabeabababababababababababababababab");
  const Bytes srtp =
      FromHex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
  EXPECT_EQ(ProtectedRtp(sender, rtp), srtp);
  EXPECT_EQ(Plain(receiver, srtp), rtp);
  const Bytes rtcp = FromHex("81c8000bcafebabeabababababababababababababababab");
  const Bytes srtcp =
      FromHex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798");
  EXPECT_EQ(PlainRtcp(receiver, srtcp), rtcp);
  ProtectedRtcp(sender, rtcp);  // has index 0, the known one 1
  EXPECT_EQ(ProtectedRtcp(sender, rtcp), srtcp);
}

TEST(SrtpSession, IsValidOnlyWithTwoKeysOfItsSuite) {
  for (const SrtpSuite suite : testing::kAllSrtpSuites) {
    const Bytes in = SrtpMaster(suite, 1);
    const Bytes out = SrtpMaster(suite, 2);
    const SrtpSessionConfig config{
        .suite = suite, .inbound_master = in, .outbound_master = out, .inbound_mki = {}};
    EXPECT_TRUE(SrtpSession::IsValid(config));
    SrtpSessionConfig bad = config;
    bad.outbound_master = in;
    EXPECT_FALSE(SrtpSession::IsValid(bad));
    bad.outbound_master = std::span(out).first(out.size() - 1);
    EXPECT_FALSE(SrtpSession::IsValid(bad));
    bad = config;
    bad.inbound_master = {};
    EXPECT_FALSE(SrtpSession::IsValid(bad));
    bad = config;
    bad.inbound_mki = {.value = 1, .bytes = 5};
    EXPECT_FALSE(SrtpSession::IsValid(bad));
  }
}

}  // namespace
}  // namespace parley
