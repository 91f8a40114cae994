// What stands between a leg's sockets and its RTP: packets of a secured leg are opened and sealed,
// those of a plain one pass as they are.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "engine/stats.h"
#include "net/datagram_port.h"
#include "rtp/srtp_channel.h"

namespace parley {

// A session of the SRTP table that this engine took. The table owns it, and the control thread
// destroys it when the engine is done with it (SrtpTable).
struct SrtpKeying {
  uint32_t id = 0;  // 0: packets are plain
  SrtpSession* session = nullptr;
};

// Where a packet is sealed: legs share the payload they are sent, so none is encrypted in place.
using SealRoom = std::array<uint8_t, kDatagramBytesMax>;

// One engine thread; real-time safe. A leg that is secured stays so.
class PacketGuard {
 public:
  explicit PacketGuard(const SrtpKeying& keying);

  bool is_secured() const { return channel_.has_value(); }
  // Of the session in use; 0 when packets are plain.
  uint32_t session_id() const { return session_id_; }

  // Goes over to other keys, or from plain to secured. REQUIRES: next.session is another session
  // than those in use.
  void Rekey(const SrtpKeying& next, int64_t now_ns) PARLEY_NONBLOCKING;

  // The packet that `datagram` holds, opened in place; empty when it is not authentic or was seen
  // before, which is counted. REQUIRES: !datagram.empty().
  std::span<uint8_t> OpenRtp(std::span<uint8_t> datagram, int64_t now_ns,
                             Stats& stats) PARLEY_NONBLOCKING;
  std::span<uint8_t> OpenRtcp(std::span<uint8_t> datagram, int64_t now_ns,
                              Stats& stats) PARLEY_NONBLOCKING;

  // The datagram that `packet` becomes: itself when plain, else a copy in `room`; empty when it
  // cannot be sealed, which is counted.
  std::span<const uint8_t> SealRtp(std::span<const uint8_t> packet, SealRoom& room, int64_t now_ns,
                                   Stats& stats) PARLEY_NONBLOCKING;
  std::span<const uint8_t> SealRtcp(std::span<const uint8_t> packet, SealRoom& room, int64_t now_ns,
                                    Stats& stats) PARLEY_NONBLOCKING;

  // Datagrams of this leg that were refused, as the shard's counters of these names.
  uint64_t auth_failed() const { return auth_failed_; }
  uint64_t replayed() const { return replayed_; }

 private:
  using Open = SrtpOutcome (SrtpChannel::*)(std::span<uint8_t>, int64_t);
  using Seal = SrtpOutcome (SrtpChannel::*)(std::span<uint8_t>, size_t, int64_t);

  std::span<uint8_t> OpenBy(Open open, std::span<uint8_t> datagram, int64_t now_ns, Stats& stats);
  std::span<const uint8_t> SealBy(Seal seal, std::span<const uint8_t> packet, SealRoom& room,
                                  int64_t now_ns, Stats& stats);
  void CountRefused(SrtpResult result, Stats& stats);

  std::optional<SrtpChannel> channel_;
  uint32_t session_id_ = 0;
  uint64_t auth_failed_ = 0;
  uint64_t replayed_ = 0;
};

}  // namespace parley
