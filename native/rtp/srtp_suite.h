// The crypto suites of SRTP (RFC 3711, RFC 4568 6.2, RFC 7714) and the sizes that follow from each.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley {

// Numbered as they cross from the control thread: new ones are added at the end.
enum class SrtpSuite : uint8_t {
  kAesCm128HmacSha1Tag80,
  kAesCm128HmacSha1Tag32,
  kAeadAes128Gcm,
  kAeadAes256Gcm,
};

inline constexpr uint32_t kSrtpSuites = 4;

// RTP and RTCP of one direction are protected with different session keys.
enum class SrtpKind : uint8_t { kRtp, kRtcp };

struct SrtpSuiteSizes {
  size_t key_bytes;       // of the master key and of the cipher key
  size_t salt_bytes;      // of the master salt and of the session salt
  size_t rtp_tag_bytes;   // added to each RTP packet
  size_t rtcp_tag_bytes;  // added to each RTCP packet, beside the word that holds its index

  // Master key and salt, one behind the other, as an `inline:` key holds them.
  constexpr size_t master_bytes() const { return key_bytes + salt_bytes; }
};

inline constexpr size_t kSrtpKeyBytesMax = 32;
inline constexpr size_t kSrtpSaltBytesMax = 14;
inline constexpr size_t kSrtpTagBytesMax = 16;

constexpr SrtpSuiteSizes SizesOf(SrtpSuite suite) {
  switch (suite) {
    case SrtpSuite::kAesCm128HmacSha1Tag80:
      return {.key_bytes = 16, .salt_bytes = 14, .rtp_tag_bytes = 10, .rtcp_tag_bytes = 10};
    case SrtpSuite::kAesCm128HmacSha1Tag32:
      // The short tag is for RTP alone (RFC 4568 6.2.2).
      return {.key_bytes = 16, .salt_bytes = 14, .rtp_tag_bytes = 4, .rtcp_tag_bytes = 10};
    case SrtpSuite::kAeadAes128Gcm:
      return {.key_bytes = 16, .salt_bytes = 12, .rtp_tag_bytes = 16, .rtcp_tag_bytes = 16};
    case SrtpSuite::kAeadAes256Gcm:
      return {.key_bytes = 32, .salt_bytes = 12, .rtp_tag_bytes = 16, .rtcp_tag_bytes = 16};
  }
  return {};
}

constexpr bool IsAead(SrtpSuite suite) {
  return suite == SrtpSuite::kAeadAes128Gcm || suite == SrtpSuite::kAeadAes256Gcm;
}

// The suite that a number from outside means.
constexpr std::optional<SrtpSuite> SrtpSuiteFrom(uint32_t number) {
  if (number >= kSrtpSuites) return std::nullopt;
  return static_cast<SrtpSuite>(number);
}

}  // namespace parley
