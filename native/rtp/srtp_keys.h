// Session keys from a master key (RFC 3711 4.3, RFC 6188, RFC 7714 11). Control thread.

#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "rtp/srtp_suite.h"

namespace parley {

// What RTP or RTCP of one direction is protected with. A suite uses the first bytes of each, as
// many as SizesOf says. Overwritten with zeros when it is destroyed.
struct SrtpSessionKeys {
  std::array<uint8_t, kSrtpKeyBytesMax> cipher = {};
  std::array<uint8_t, 20> authentication = {};  // HMAC-SHA1; not used by AEAD suites
  std::array<uint8_t, kSrtpSaltBytesMax> salt = {};

  ~SrtpSessionKeys();
};

// The keys are derived once: a key derivation rate is not supported.
// REQUIRES: master.size() == SizesOf(suite).master_bytes().
SrtpSessionKeys DeriveSessionKeys(SrtpSuite suite, SrtpKind kind, std::span<const uint8_t> master);

}  // namespace parley
