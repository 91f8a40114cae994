#include "engine/latch.h"

namespace parley {

void Latch::Rename(const Address& named) PARLEY_NONBLOCKING {
  if (named == peer_) return;
  former_ = peer_;
  peer_ = named;
  is_latched_ = false;
  candidate_ = {};
  candidate_packets_ = 0;
}

bool Latch::Admit(const Address& source, const RtpHeader& header) PARLEY_NONBLOCKING {
  if (is_latched_) return source == peer_;
  const bool is_expected = !peer_.is_set() || source == peer_;
  const bool follows_itself = source == candidate_ && header.ssrc == candidate_ssrc_ &&
                              header.sequence == candidate_next_sequence_;
  candidate_packets_ = follows_itself ? candidate_packets_ + 1 : 1;
  const uint32_t packets_wanted = source == former_ ? kFormerPeerPackets : 2;
  if (is_expected || candidate_packets_ >= packets_wanted) {
    peer_ = source;
    is_latched_ = true;
    return true;
  }
  candidate_ = source;
  candidate_ssrc_ = header.ssrc;
  candidate_next_sequence_ = static_cast<uint16_t>(header.sequence + 1);
  return false;
}

}  // namespace parley
