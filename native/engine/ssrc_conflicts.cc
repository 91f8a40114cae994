#include "engine/ssrc_conflicts.h"

namespace parley {

SsrcFinding SsrcConflicts::Look(uint32_t ssrc, uint32_t own, const Address& source,
                                int64_t now_ns) PARLEY_NONBLOCKING {
  if (ssrc != own) return SsrcFinding::kOther;
  const bool is_known = source == source_ && now_ns - newest_ns_ < kRememberedNs;
  source_ = source;
  newest_ns_ = now_ns;
  return is_known ? SsrcFinding::kLoop : SsrcFinding::kCollision;
}

}  // namespace parley
