#include "engine/media_watch.h"

#include <algorithm>

namespace parley {

void MediaWatch::OnPacket(int64_t arrival_ns) PARLEY_NONBLOCKING {
  has_packets_ = true;
  last_packet_ns_ = std::max(last_packet_ns_, arrival_ns);
  if (has_left_ && last_packet_ns_ - left_ns_ >= kStragglersNs) has_left_ = false;
}

void MediaWatch::OnGoodbye(int64_t now_ns) PARLEY_NONBLOCKING {
  if (!has_packets_) return;
  has_left_ = true;
  left_ns_ = now_ns;
}

std::optional<MediaChange> MediaWatch::Take(int64_t now_ns) PARLEY_NONBLOCKING {
  if (!has_packets_) return std::nullopt;
  const int64_t silent_ns = std::max<int64_t>(now_ns - last_packet_ns_, 0);
  const bool is_silent = silent_ns >= kSilentNs;
  const bool is_stopped = is_silent || has_left_;
  if (is_stopped == is_stopped_) return std::nullopt;
  is_stopped_ = is_stopped;
  using Kind = MediaChange::Kind;
  const Kind kind = !is_stopped ? Kind::kResumed
                    : has_left_ ? Kind::kStoppedGoodbye
                                : Kind::kStoppedSilent;
  return MediaChange{.kind = kind, .silent_ns = silent_ns};
}

}  // namespace parley
