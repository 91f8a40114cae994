// One telephone's end of an SRTP session, by libsrtp2: not the code that is under test.

#pragma once

#include <srtp2/srtp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace parley::load {

// What a packet may grow by.
inline constexpr size_t kSrtpTrailerBytesMax = SRTP_MAX_TRAILER_LEN;

class SrtpBox {
 public:
  // `suite` as in SDES (RFC 4568, RFC 7714); keys are master key and salt in hexadecimal. Null when
  // any of it is wrong.
  static std::unique_ptr<SrtpBox> Open(const std::string& suite, const std::string& outbound_hex,
                                       const std::string& inbound_hex);
  ~SrtpBox();
  SrtpBox(const SrtpBox&) = delete;
  SrtpBox& operator=(const SrtpBox&) = delete;

  // In place; `packet` has room for kSrtpTrailerBytesMax beyond `bytes`. The size that comes of it,
  // or 0 when it cannot be done, as for a packet that is not the peer's.
  size_t Protect(std::span<uint8_t> packet, size_t bytes);
  size_t Unprotect(std::span<uint8_t> packet, size_t bytes);

 private:
  SrtpBox() = default;

  std::vector<uint8_t> outbound_master_;
  std::vector<uint8_t> inbound_master_;
  srtp_t sender_ = nullptr;
  srtp_t receiver_ = nullptr;
};

}  // namespace parley::load
