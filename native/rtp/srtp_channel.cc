#include "rtp/srtp_channel.h"

namespace parley {

void SrtpChannel::Rekey(SrtpSession* next, int64_t now_ns) PARLEY_NONBLOCKING {
  next->ContinueFrom(*current_);
  previous_ = current_;
  current_ = next;
  rekeyed_ns_ = now_ns;
  sends_previous_ = true;
}

SrtpOutcome SrtpChannel::ProtectRtp(std::span<uint8_t> buffer, size_t packet_bytes,
                                    int64_t now_ns) PARLEY_NONBLOCKING {
  return Outbound(now_ns).ProtectRtp(buffer, packet_bytes);
}

SrtpOutcome SrtpChannel::ProtectRtcp(std::span<uint8_t> buffer, size_t packet_bytes,
                                     int64_t now_ns) PARLEY_NONBLOCKING {
  return Outbound(now_ns).ProtectRtcp(buffer, packet_bytes);
}

SrtpOutcome SrtpChannel::UnprotectRtp(std::span<uint8_t> datagram,
                                      int64_t now_ns) PARLEY_NONBLOCKING {
  return Unprotect(&SrtpSession::UnprotectRtp, datagram, now_ns);
}

SrtpOutcome SrtpChannel::UnprotectRtcp(std::span<uint8_t> datagram,
                                       int64_t now_ns) PARLEY_NONBLOCKING {
  return Unprotect(&SrtpSession::UnprotectRtcp, datagram, now_ns);
}

SrtpSession& SrtpChannel::Outbound(int64_t now_ns) {
  if (sends_previous_ && now_ns - rekeyed_ns_ >= kSrtpRekeyWaitNs) sends_previous_ = false;
  return sends_previous_ ? *previous_ : *current_;
}

SrtpOutcome SrtpChannel::Unprotect(SrtpOutcome (SrtpSession::*unprotect)(std::span<uint8_t>),
                                   std::span<uint8_t> datagram, int64_t now_ns) {
  const SrtpOutcome outcome = (current_->*unprotect)(datagram);
  if (previous_ == nullptr) return outcome;
  if (outcome.ok()) {
    sends_previous_ = false;
    return outcome;
  }
  if (now_ns - rekeyed_ns_ >= kSrtpPreviousKeyNs) {
    previous_ = nullptr;
    sends_previous_ = false;
    return outcome;
  }
  const SrtpOutcome before = (previous_->*unprotect)(datagram);
  return before.ok() ? before : outcome;
}

}  // namespace parley
