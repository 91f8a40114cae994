// Test support: the two ends of an SRTP session, and packets for them.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "base/byte_order.h"
#include "rtp/srtp_session.h"

namespace parley::testing {

inline constexpr std::array kAllSrtpSuites = {SrtpSuite::kAesCm128HmacSha1Tag80,
                                              SrtpSuite::kAesCm128HmacSha1Tag32,
                                              SrtpSuite::kAeadAes128Gcm, SrtpSuite::kAeadAes256Gcm};

// A master key and salt that counts up from `first`.
inline std::vector<uint8_t> SrtpMaster(SrtpSuite suite, uint8_t first) {
  std::vector<uint8_t> master(SizesOf(suite).master_bytes());
  std::iota(master.begin(), master.end(), first);
  return master;
}

// A session that sends under the key made of `out` and receives under that of `in`.
inline std::unique_ptr<SrtpSession> MakeSrtpSession(SrtpSuite suite, uint8_t out, uint8_t in,
                                                    SrtpMki mki = {}) {
  const std::vector<uint8_t> outbound = SrtpMaster(suite, out);
  const std::vector<uint8_t> inbound = SrtpMaster(suite, in);
  return std::make_unique<SrtpSession>(SrtpSessionConfig{
      .suite = suite, .inbound_master = inbound, .outbound_master = outbound, .inbound_mki = mki});
}

// What one end protects the other unprotects.
struct SrtpPair {
  explicit SrtpPair(SrtpSuite suite)
      : ours(MakeSrtpSession(suite, 1, 101)), theirs(MakeSrtpSession(suite, 101, 1)) {}

  std::unique_ptr<SrtpSession> ours;
  std::unique_ptr<SrtpSession> theirs;
};

inline std::vector<uint8_t> RtpPacket(uint16_t sequence, uint32_t ssrc = 0x1234'5678,
                                      size_t payload_bytes = 160) {
  std::vector<uint8_t> packet(12 + payload_bytes);
  std::iota(packet.begin(), packet.end(), static_cast<uint8_t>(sequence));
  packet[0] = 0x80;
  packet[1] = 0;
  WriteBe16(&packet[2], sequence);
  WriteBe32(&packet[4], uint32_t{160} * sequence);
  WriteBe32(&packet[8], ssrc);
  return packet;
}

// A receiver report without blocks, and some more bytes.
inline std::vector<uint8_t> RtcpPacket(uint32_t ssrc = 0x1234'5678, size_t more_bytes = 24) {
  std::vector<uint8_t> packet(8 + more_bytes, 0x77);
  packet[0] = 0x80;
  packet[1] = 201;
  WriteBe16(&packet[2], 1);
  WriteBe32(&packet[4], ssrc);
  return packet;
}

// The datagram of a packet; empty when it was refused.
inline std::vector<uint8_t> ProtectedRtp(SrtpSession& session, std::vector<uint8_t> packet) {
  const size_t bytes = packet.size();
  packet.resize(bytes + kSrtpOverheadBytes);
  packet.resize(session.ProtectRtp(packet, bytes).bytes);
  return packet;
}

inline std::vector<uint8_t> ProtectedRtcp(SrtpSession& session, std::vector<uint8_t> packet) {
  const size_t bytes = packet.size();
  packet.resize(bytes + kSrtcpOverheadBytes);
  packet.resize(session.ProtectRtcp(packet, bytes).bytes);
  return packet;
}

}  // namespace parley::testing
