// Whether packets of a leg's peer keep coming: what media supervision goes by.

#pragma once

#include <cstdint>
#include <optional>

#include "base/realtime.h"
#include "base/units.h"

namespace parley {

// A change of the flow of packets; before the first packet there is none.
struct MediaChange {
  enum class Kind : uint8_t {
    kStoppedSilent,   // no packet for kSilentNs
    kStoppedGoodbye,  // the peer said goodbye (RTCP BYE)
    kResumed,
  };
  Kind kind = Kind::kResumed;
  int64_t silent_ns = 0;  // since the newest packet
};

// One thread; real-time safe. One change at a time, so that a source that comes and goes makes at
// most one event in kSilentNs.
class MediaWatch {
 public:
  // Longer than any pause of a sender that still refreshes its comfort noise or its NAT.
  static constexpr int64_t kSilentNs = 5 * kNsPerSecond;
  // Packets that come so soon after a goodbye were on their way.
  static constexpr int64_t kStragglersNs = kNsPerSecond;

  // An RTP packet of the peer came.
  void OnPacket(int64_t arrival_ns) PARLEY_NONBLOCKING;

  // The source that is heard said goodbye.
  void OnGoodbye(int64_t now_ns) PARLEY_NONBLOCKING;

  // What has changed since the last call; to be called every turn.
  std::optional<MediaChange> Take(int64_t now_ns) PARLEY_NONBLOCKING;

 private:
  bool has_packets_ = false;
  bool is_stopped_ = false;
  bool has_left_ = false;  // said goodbye, and nothing but stragglers came since
  int64_t last_packet_ns_ = 0;
  int64_t left_ns_ = 0;
};

}  // namespace parley
