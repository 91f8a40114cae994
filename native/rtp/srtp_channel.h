// The secured way between a leg and its peer: the session in use, and during a rekey the one
// before.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "base/units.h"
#include "rtp/srtp_session.h"

namespace parley {

// How long packets under the key before are still understood: the peer learns of the new keys by an
// answer that may be late, and some of its packets are on their way.
inline constexpr int64_t kSrtpPreviousKeyNs = 10 * kNsPerSecond;

// How long we wait for the peer to use its new key before we use ours: until its first such packet
// it has probably not read the answer that holds it.
inline constexpr int64_t kSrtpRekeyWaitNs = kNsPerSecond / 2;

// One engine thread; real-time safe. Sessions belong to the control thread, and must outlive the
// channel; but one that was replaced is not touched again once its successor was replaced too.
class SrtpChannel {
 public:
  explicit SrtpChannel(SrtpSession* session) : current_(session) {}

  // Goes over to `next`, another session than those in use. Packets come in under both keys for
  // kSrtpPreviousKeyNs; they go out under the new one from the peer's first packet under it, or
  // after kSrtpRekeyWaitNs.
  void Rekey(SrtpSession* next, int64_t now_ns) PARLEY_NONBLOCKING;

  // As the methods of SrtpSession. `now_ns`: monotonic.
  SrtpOutcome ProtectRtp(std::span<uint8_t> buffer, size_t packet_bytes,
                         int64_t now_ns) PARLEY_NONBLOCKING;
  SrtpOutcome ProtectRtcp(std::span<uint8_t> buffer, size_t packet_bytes,
                          int64_t now_ns) PARLEY_NONBLOCKING;
  SrtpOutcome UnprotectRtp(std::span<uint8_t> datagram, int64_t now_ns) PARLEY_NONBLOCKING;
  SrtpOutcome UnprotectRtcp(std::span<uint8_t> datagram, int64_t now_ns) PARLEY_NONBLOCKING;

 private:
  SrtpSession& Outbound(int64_t now_ns);
  SrtpOutcome Unprotect(SrtpOutcome (SrtpSession::*unprotect)(std::span<uint8_t>),
                        std::span<uint8_t> datagram, int64_t now_ns);

  SrtpSession* current_;
  SrtpSession* previous_ = nullptr;
  int64_t rekeyed_ns_ = 0;
  bool sends_previous_ = false;
};

}  // namespace parley
