// Encryption and authentication of packets with one set of session keys: AES in counter mode with
// HMAC-SHA1 (RFC 3711 4), or AES-GCM (RFC 7714). Knows no stream, no order and no replay.

#pragma once

#include <nettle/gcm.h>
#include <nettle/hmac.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "base/realtime.h"
#include "rtp/aes_key.h"
#include "rtp/srtp_keys.h"
#include "rtp/srtp_suite.h"

namespace parley {

// What no two packets under one key may share.
struct SrtpPacketId {
  uint32_t ssrc = 0;
  uint64_t index = 0;  // RTP: rollover counter and sequence number, 48 bits; RTCP: 31 bits
};

// Set in the word that follows an RTCP packet when it is encrypted, before its 31-bit index.
inline constexpr uint32_t kSrtcpEncrypted = 0x8000'0000;

// RTP or RTCP of one direction. One thread; real-time safe. Neither copied nor moved. 4.3 KiB.
class SrtpTransform {
 public:
  SrtpTransform(SrtpSuite suite, SrtpKind kind, const SrtpSessionKeys& keys);
  ~SrtpTransform();
  SrtpTransform(const SrtpTransform&) = delete;
  SrtpTransform& operator=(const SrtpTransform&) = delete;

  // Encrypts what follows the header, and writes the tag of the whole.
  // REQUIRES: header_bytes <= packet.size(), 8 for RTCP; tag.size() == tag_bytes().
  void Seal(const SrtpPacketId& id, std::span<uint8_t> packet, size_t header_bytes,
            std::span<uint8_t> tag) PARLEY_NONBLOCKING;

  // Decrypts what follows the header when the tag is that of the packet; otherwise leaves the
  // packet as it was. Takes the same time for every wrong tag. REQUIRES: as Seal.
  [[nodiscard]] bool Open(const SrtpPacketId& id, std::span<uint8_t> packet, size_t header_bytes,
                          std::span<const uint8_t> tag) PARLEY_NONBLOCKING;

  size_t tag_bytes() const { return tag_bytes_; }

 private:
  using Tag = std::array<uint8_t, kSrtpTagBytesMax>;

  AesBlock CounterOf(const SrtpPacketId& id) const;
  Tag HmacOf(hmac_sha1_ctx& hmac, const SrtpPacketId& id, std::span<const uint8_t> packet) const;
  gcm_ctx BeginGcm(const gcm_key& key, const SrtpPacketId& id,
                   std::span<const uint8_t> header) const;
  Tag EndGcm(const gcm_key& key, gcm_ctx& message) const;

  SrtpKind kind_;
  size_t tag_bytes_;
  std::array<uint8_t, kSrtpSaltBytesMax> salt_;
  AesKey cipher_;
  std::variant<hmac_sha1_ctx, gcm_key> authenticator_;
};

}  // namespace parley
