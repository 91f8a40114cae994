// Ours against libsrtp2, which most telephones run: each must understand every packet of the other,
// and nothing that was changed on the way.

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <random>
#include <vector>

#include "base/assert.h"
#include "rtp/srtp_session.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

using testing::MakeSrtpSession;
using testing::ProtectedRtcp;
using testing::ProtectedRtp;
using testing::RtcpPacket;
using testing::RtpPacket;
using testing::SrtpMaster;
using Bytes = std::vector<uint8_t>;

void SetSuite(SrtpSuite suite, srtp_policy_t& policy) {
  switch (suite) {
    case SrtpSuite::kAesCm128HmacSha1Tag80:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::kAesCm128HmacSha1Tag32:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      return;
    case SrtpSuite::kAeadAes128Gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      return;
    case SrtpSuite::kAeadAes256Gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      return;
  }
}

// libsrtp2 with the keys of MakeSrtpSession(suite, out, in).
class Peer {
 public:
  Peer(SrtpSuite suite, uint8_t out, uint8_t in) {
    sender_ = Create(suite, SrtpMaster(suite, out), ssrc_any_outbound);
    receiver_ = Create(suite, SrtpMaster(suite, in), ssrc_any_inbound);
  }
  ~Peer() {
    srtp_dealloc(sender_);
    srtp_dealloc(receiver_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Empty when refused, as below.
  Bytes ProtectRtp(Bytes packet) { return Protect(srtp_protect, packet); }
  Bytes ProtectRtcp(Bytes packet) { return Protect(srtp_protect_rtcp, packet); }
  Bytes UnprotectRtp(Bytes datagram) { return Run(srtp_unprotect, receiver_, datagram); }
  Bytes UnprotectRtcp(Bytes datagram) { return Run(srtp_unprotect_rtcp, receiver_, datagram); }

 private:
  using Function = srtp_err_status_t (*)(srtp_t, void*, int*);

  static srtp_t Create(SrtpSuite suite, Bytes master, srtp_ssrc_type_t direction) {
    srtp_policy_t policy{};
    SetSuite(suite, policy);
    policy.key = master.data();
    policy.window_size = kReplayWindowPackets;
    policy.ssrc.type = direction;
    srtp_t session = nullptr;
    PARLEY_ASSERT(srtp_create(&session, &policy) == srtp_err_status_ok);
    return session;
  }

  Bytes Protect(Function function, Bytes& packet) {
    const size_t bytes = packet.size();
    packet.resize(bytes + SRTP_MAX_TRAILER_LEN + 4);
    return Run(function, sender_, packet, bytes);
  }

  static Bytes Run(Function function, srtp_t session, Bytes& bytes) {
    return Run(function, session, bytes, bytes.size());
  }

  static Bytes Run(Function function, srtp_t session, Bytes& buffer, size_t bytes) {
    int length = static_cast<int>(bytes);
    if (function(session, buffer.data(), &length) != srtp_err_status_ok) return {};
    buffer.resize(static_cast<size_t>(length));
    return buffer;
  }

  srtp_t sender_;
  srtp_t receiver_;
};

class SrtpPeerSuites : public ::testing::TestWithParam<SrtpSuite> {
 protected:
  static void SetUpTestSuite() { PARLEY_ASSERT(srtp_init() == srtp_err_status_ok); }
  static void TearDownTestSuite() { srtp_shutdown(); }

  Bytes Plain(Bytes datagram) {
    datagram.resize(ours_->UnprotectRtp(datagram).bytes);
    return datagram;
  }
  Bytes PlainRtcp(Bytes datagram) {
    datagram.resize(ours_->UnprotectRtcp(datagram).bytes);
    return datagram;
  }

  std::unique_ptr<SrtpSession> ours_ = MakeSrtpSession(GetParam(), 1, 101);
  Peer theirs_{GetParam(), 101, 1};
};

INSTANTIATE_TEST_SUITE_P(All, SrtpPeerSuites, ::testing::ValuesIn(testing::kAllSrtpSuites));

TEST_P(SrtpPeerSuites, WriteTheSameBytes) {
  const auto same_key = MakeSrtpSession(GetParam(), 101, 1);
  for (uint32_t n = 0; n < 70'000; n += 1'000) {
    const Bytes packet = RtpPacket(static_cast<uint16_t>(n), 5, n % 200);
    EXPECT_EQ(ProtectedRtp(*same_key, packet), theirs_.ProtectRtp(packet));
  }
}

TEST_P(SrtpPeerSuites, UnderstandEachOtherWhateverTheHeader) {
  std::mt19937 random(2);
  uint16_t sequence = 60'000;
  for (int i = 0; i < 500; ++i) {
    sequence = static_cast<uint16_t>(sequence + 1 + random() % 300);
    Bytes packet = RtpPacket(sequence, 1 + random() % 4, 80 + random() % 100);
    const size_t csrcs = random() % 4;
    packet[0] = static_cast<uint8_t>(0x80 | csrcs);
    if (random() % 2 == 0) {
      packet[0] |= 0x10;
      packet[12 + 4 * csrcs + 2] = 0;
      packet[12 + 4 * csrcs + 3] = static_cast<uint8_t>(random() % 6);
    }
    EXPECT_EQ(theirs_.UnprotectRtp(ProtectedRtp(*ours_, packet)), packet);
    EXPECT_EQ(Plain(theirs_.ProtectRtp(packet)), packet);
    const Bytes report = RtcpPacket(1 + random() % 4, 4 * (random() % 20));
    EXPECT_EQ(theirs_.UnprotectRtcp(ProtectedRtcp(*ours_, report)), report);
    EXPECT_EQ(PlainRtcp(theirs_.ProtectRtcp(report)), report);
  }
}

TEST_P(SrtpPeerSuites, TakeAndRefuseTheSamePackets) {
  std::mt19937 random(9);
  Peer sender(GetParam(), 101, 1);
  const auto receiver = MakeSrtpSession(GetParam(), 1, 101);
  Peer judge(GetParam(), 1, 101);
  std::vector<Bytes> sent;
  for (uint32_t n = 0; n < 3'000; ++n) {
    sent.push_back(sender.ProtectRtp(RtpPacket(static_cast<uint16_t>(64'000 + n), 1, 20)));
    // In order, late, too late, again, or damaged.
    const size_t back = random() % 3 == 0 ? random() % std::min<size_t>(sent.size(), 150) : 0;
    Bytes datagram = sent[sent.size() - 1 - back];
    if (random() % 8 == 0) datagram[random() % datagram.size()] ^= 0x10;
    const Bytes expected = judge.UnprotectRtp(datagram);
    datagram.resize(receiver->UnprotectRtp(datagram).bytes);
    ASSERT_EQ(datagram, expected) << n;
  }
}

}  // namespace
}  // namespace parley
