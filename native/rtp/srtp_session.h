// SRTP of one leg under one pair of master keys, both directions, RTP and RTCP (RFC 3711, RFC
// 7714). Total over any bytes.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "rtp/srtp_streams.h"
#include "rtp/srtp_suite.h"
#include "rtp/srtp_transform.h"

namespace parley {

// What Protect may add to a packet: room that must follow it in its buffer.
inline constexpr size_t kSrtpOverheadBytes = kSrtpTagBytesMax;
inline constexpr size_t kSrtcpOverheadBytes = kSrtpTagBytesMax + 4;

inline constexpr size_t kSrtpMkiBytesMax = 4;

enum class SrtpResult : uint8_t {
  kOk,
  kMalformed,     // cannot be such a packet: version, length, or RTCP that is not encrypted
  kAuthFailed,    // made without the key, or changed on the way
  kReplayed,      // accepted before; outbound: not after the packet before
  kTooOld,        // so far behind that nobody remembers whether it was accepted
  kStreamsFull,   // its SSRC is one more than kSrtpStreamsMax
  kNoRoom,        // outbound: the buffer has no room for the tag
  kKeyExhausted,  // outbound: as many packets as one master key may protect
};

struct SrtpOutcome {
  SrtpResult result = SrtpResult::kMalformed;
  size_t bytes = 0;  // of the packet now; 0 unless kOk

  bool ok() const { return result == SrtpResult::kOk; }
};

// The master key identifier that the peer puts into its packets (RFC 3711 3.1); `bytes` 0 when it
// puts none.
struct SrtpMki {
  uint32_t value = 0;
  uint8_t bytes = 0;
};

struct SrtpSessionConfig {
  SrtpSuite suite = SrtpSuite::kAesCm128HmacSha1Tag80;
  std::span<const uint8_t> inbound_master;   // key and salt; copied nowhere
  std::span<const uint8_t> outbound_master;  // another than the inbound one
  SrtpMki inbound_mki;
};

// Made and destroyed by the control thread; in between one engine thread uses it, real-time safe:
// it neither allocates nor locks, whatever arrives. Plain data beside its keys, which are
// overwritten when it is destroyed. Neither copied nor moved. 23 KiB. Invariants:
// 1. A packet changes the session only once it proved authentic.
// 2. A packet that is refused is left as it came.
// 3. No two packets go out under the same key, SSRC and index.
class SrtpSession {
 public:
  // Whether the keys have the sizes of the suite and differ, and the MKI is one that can be.
  static bool IsValid(const SrtpSessionConfig& config);

  // REQUIRES: IsValid(config).
  explicit SrtpSession(const SrtpSessionConfig& config);
  SrtpSession(const SrtpSession&) = delete;
  SrtpSession& operator=(const SrtpSession&) = delete;

  // Encrypts the RTP packet in the first `packet_bytes` of `buffer` and appends its tag; room of
  // kSrtpOverheadBytes suffices. The first packet of an SSRC has rollover counter 0: so that a lost
  // beginning does not confuse the peer, start below sequence number 2^15 (RFC 3711 3.3.1).
  // REQUIRES: packet_bytes <= buffer.size().
  SrtpOutcome ProtectRtp(std::span<uint8_t> buffer, size_t packet_bytes) PARLEY_NONBLOCKING;

  // The same for a compound RTCP packet and kSrtcpOverheadBytes.
  SrtpOutcome ProtectRtcp(std::span<uint8_t> buffer, size_t packet_bytes) PARLEY_NONBLOCKING;

  // Decrypts a datagram in place; the RTP packet is its first `bytes`.
  SrtpOutcome UnprotectRtp(std::span<uint8_t> datagram) PARLEY_NONBLOCKING;
  SrtpOutcome UnprotectRtcp(std::span<uint8_t> datagram) PARLEY_NONBLOCKING;

  // After a rekey: the SSRC heard last under `previous` may go on counting rollovers (RFC 3711
  // 3.3.1) or begin at 0 (RFC 4568 7.1.4); both are then understood. REQUIRES: nothing was
  // unprotected yet.
  void ContinueFrom(const SrtpSession& previous) PARLEY_NONBLOCKING;

 private:
  // Indices that a packet may have, likeliest first; the tag decides.
  struct Candidates {
    std::array<uint64_t, 3> indices;
    size_t count = 0;

    void Add(uint64_t index) { indices[count++] = index; }
    std::span<const uint64_t> all() const { return std::span(indices).first(count); }
  };

  // What follows the encrypted part of a datagram.
  struct Trailer {
    std::span<const uint8_t> tag;
    std::span<const uint8_t> mki;
    std::span<const uint8_t> word;  // RTCP only
  };

  static Candidates CandidatesOf(const SrtpStream* stream, uint16_t sequence);
  Trailer SplitTrailer(std::span<const uint8_t> trailer, size_t tag_bytes, size_t word_bytes) const;
  bool IsInboundMki(std::span<const uint8_t> mki) const;

  bool is_aead_;
  SrtpMki inbound_mki_;
  SrtpTransform inbound_rtp_;
  SrtpTransform inbound_rtcp_;
  SrtpTransform outbound_rtp_;
  SrtpTransform outbound_rtcp_;
  SrtpStreams inbound_;
  SrtpStreams outbound_;
  // Of the RTP packet accepted last; in inbound_.
  const SrtpStream* heard_last_ = nullptr;
};

}  // namespace parley
