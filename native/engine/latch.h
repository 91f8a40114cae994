// Symmetric RTP: whom a leg listens to, and so where it sends (RFC 4961).

#pragma once

#include <cstdint>

#include "base/realtime.h"
#include "net/address.h"
#include "rtp/rtp_packet.h"

namespace parley {

// One thread, real-time safe. Rules:
// 1. Once latched, the peer stays while it sends: packets of any other source are foreign.
// 2. A packet of the source that the session description named latches at once; so does the first
// packet of anybody when none was named.
// 3. Another source than the one named (a NAT lies between) latches with the second of two packets
// in sequence.
// 4. After the peer was said to be elsewhere, packets of the source before are still on their way:
// it latches again only with the last of kFormerPeerPackets in sequence, when it is clear that it
// never moved.
// 5. A peer that has been silent for long may go on from another address (its NAT has forgotten
// it). The new source latches with the second of two packets in sequence that go on the same
// stream: SSRC and sequence number are where they can have come to in the silence.
inline constexpr uint32_t kFormerPeerPackets = 50;

class Latch {
 public:
  // `named`: by the session description; none when unknown. `relatch_after_ns`: the silence of
  // rule 5; 0 when the peer stays for ever.
  Latch(const Address& named, int64_t relatch_after_ns)
      : peer_(named), relatch_after_ns_(relatch_after_ns) {}

  // The session description now names another source.
  void Rename(const Address& named) PARLEY_NONBLOCKING;

  // Whether a valid RTP packet that came at `arrival_ns` is the peer's.
  [[nodiscard]] bool Admit(const Address& source, const RtpHeader& header,
                           int64_t arrival_ns) PARLEY_NONBLOCKING;

  bool is_latched() const { return is_latched_; }
  // Whether nothing from `source` can be the peer's, whatever it holds.
  bool IsForeign(const Address& source, int64_t arrival_ns) const {
    return is_latched_ && source != peer_ && !is_loose(arrival_ns);
  }
  // Whether another source may take over by rule 5.
  bool is_loose(int64_t now_ns) const {
    return is_latched_ && relatch_after_ns_ > 0 && now_ns - last_packet_ns_ >= relatch_after_ns_;
  }
  // Times another source took over by rule 5.
  uint32_t relatches() const { return relatches_; }
  // Where to send: latched, or else named; none while unknown.
  const Address& peer() const { return peer_; }

  // What few packets need begins here.
  const void* seldom() const { return &former_; }

 private:
  uint32_t CountCandidate(const Address& source, const RtpHeader& header);
  bool GoesOn(const RtpHeader& header, int64_t arrival_ns) const;
  void Take(const Address& source, const RtpHeader& header, int64_t arrival_ns);

  Address peer_;
  int64_t relatch_after_ns_;
  bool is_latched_ = false;
  // Of the peer's newest packet.
  int64_t last_packet_ns_ = 0;
  uint32_t ssrc_ = 0;
  uint16_t sequence_ = 0;
  uint32_t relatches_ = 0;
  Address former_;
  Address candidate_;
  uint32_t candidate_packets_ = 0;  // in sequence
  uint32_t candidate_ssrc_ = 0;
  uint16_t candidate_next_sequence_ = 0;
};

}  // namespace parley
