// The streams of one direction of an SRTP session, by SSRC.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/serial_number.h"
#include "rtp/replay_window.h"

namespace parley {

// SSRCs in one direction of a session. A leg sends with one and receives one at a time; a peer
// takes a new one at each transfer behind it. More are refused: forgetting one would let its
// packets be replayed.
inline constexpr size_t kSrtpStreamsMax = 32;

inline constexpr uint64_t kSrtpIndexMax = (uint64_t{1} << 48) - 1;
inline constexpr uint64_t kSrtcpIndexMax = (uint64_t{1} << 31) - 1;

struct SrtpStream {
  uint32_t ssrc = 0;
  ReplayWindow rtp;
  ReplayWindow rtcp;
  // Newest RTP index under the key before, from which a peer may go on counting.
  std::optional<uint64_t> rtp_before_rekey;
};

// The index of the packet with `sequence`: the one nearest to `newest` (RFC 3711 A). Nothing when
// that would be before the first or after the last index of a key.
constexpr std::optional<uint64_t> EstimateIndex(uint64_t newest, uint16_t sequence) {
  const int32_t distance = SerialDistance16(static_cast<uint16_t>(newest & 0xffff), sequence);
  const int64_t index = static_cast<int64_t>(newest) + distance;
  if (index < 0 || index > static_cast<int64_t>(kSrtpIndexMax)) return std::nullopt;
  return static_cast<uint64_t>(index);
}

// One thread; real-time safe; plain data, 3 KiB.
class SrtpStreams {
 public:
  // Null when none has this SSRC. Valid until the object is destroyed.
  SrtpStream* Find(uint32_t ssrc) {
    if (count_ == 0) return nullptr;
    // Nearly always the one of the packet before.
    if (streams_[last_].ssrc == ssrc) return &streams_[last_];
    for (size_t i = 0; i < count_; ++i) {
      if (streams_[i].ssrc == ssrc) {
        last_ = i;
        return &streams_[i];
      }
    }
    return nullptr;
  }

  bool is_full() const { return count_ == streams_.size(); }

  // REQUIRES: !is_full(), Find(ssrc) is null.
  SrtpStream& Add(uint32_t ssrc) {
    last_ = count_++;
    streams_[last_].ssrc = ssrc;
    return streams_[last_];
  }

 private:
  std::array<SrtpStream, kSrtpStreamsMax> streams_;
  size_t count_ = 0;
  size_t last_ = 0;
};

}  // namespace parley
