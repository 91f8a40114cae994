// Symmetric RTP: whom a leg listens to, and so where it sends (RFC 4961).

#pragma once

#include <cstdint>

#include "base/realtime.h"
#include "net/address.h"
#include "rtp/rtp_packet.h"

namespace parley {

// One thread, real-time safe. Rules:
// 1. Once latched, the peer stays: packets of any other source are foreign.
// 2. A packet of the source that the session description named latches at once; so does the first
// packet of anybody
//    when none was named.
// 3. Another source than the one named (a NAT lies between) latches with the second of two packets
// in sequence.
// 4. After the peer was said to be elsewhere, packets of the source before are still on their way:
// it latches again only with the last of kFormerPeerPackets in sequence, when it is clear that it
// never moved.
inline constexpr uint32_t kFormerPeerPackets = 50;

class Latch {
 public:
  // `named`: by the session description; none when unknown.
  explicit Latch(const Address& named) : peer_(named) {}

  // The session description now names another source.
  void Rename(const Address& named) PARLEY_NONBLOCKING;

  // Whether a valid RTP packet is the peer's.
  [[nodiscard]] bool Admit(const Address& source, const RtpHeader& header) PARLEY_NONBLOCKING;

  bool is_latched() const { return is_latched_; }
  // Whether nothing from `source` can be the peer's, whatever it holds.
  bool IsForeign(const Address& source) const { return is_latched_ && source != peer_; }
  // Where to send: latched, or else named; none while unknown.
  const Address& peer() const { return peer_; }

 private:
  Address peer_;
  bool is_latched_ = false;
  Address former_;
  Address candidate_;
  uint32_t candidate_packets_ = 0;  // in sequence
  uint32_t candidate_ssrc_ = 0;
  uint16_t candidate_next_sequence_ = 0;
};

}  // namespace parley
