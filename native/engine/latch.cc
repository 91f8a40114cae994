#include "engine/latch.h"

namespace parley {

bool Latch::Admit(const Address& source, const RtpHeader& header) PARLEY_NONBLOCKING {
  if (is_latched_) return source == peer_;
  const bool is_expected = !peer_.is_set() || source == peer_;
  const bool follows_itself = source == candidate_ && header.ssrc == candidate_ssrc_ &&
                              header.sequence == candidate_next_sequence_;
  if (is_expected || follows_itself) {
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
