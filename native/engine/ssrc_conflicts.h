// Our own SSRC in what a peer sends (RFC 3550 8.2): somebody chose the same number, or our packets
// come back to us.

#pragma once

#include <cstdint>

#include "base/realtime.h"
#include "base/units.h"
#include "net/address.h"

namespace parley {

enum class SsrcFinding : uint8_t {
  kOther,      // not ours
  kCollision,  // ours: we are to choose another
  kLoop,       // ours again, from where the last collision came: our own packets, not to be heard
};

// One thread; real-time safe. Remembers the source of one conflict: a leg has one peer.
class SsrcConflicts {
 public:
  // Ten intervals of reports, as RFC 3550 has it.
  static constexpr int64_t kRememberedNs = 50 * kNsPerSecond;

  // Looks at an SSRC that the peer at `source` gives as its own. `own`: of the stream we send.
  SsrcFinding Look(uint32_t ssrc, uint32_t own, const Address& source,
                   int64_t now_ns) PARLEY_NONBLOCKING;

 private:
  Address source_;
  int64_t newest_ns_ = 0;
};

}  // namespace parley
