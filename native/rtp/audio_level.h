// Levels in RTP header extensions (RFC 8285): what a client says of its own sound (RFC 6464), and
// what a mixer tells of each talker (RFC 6465). Levels are 0 (a full-scale square wave) to 127
// (silence): -dBov.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "rtp/rtp_packet.h"

namespace parley {

// Longest extension WriteMixerLevels makes: two-byte form, its header included.
inline constexpr size_t kMixerLevelsBytesMax = 24;

// A hint only: nothing but the client's word stands for it.
struct ClientLevel {
  bool voice = false;  // the client thinks there is speech
  uint8_t level_dbov = 127;

  bool operator==(const ClientLevel&) const = default;
};

// The data of the first element `id` in a header extension of either form (RFC 8285 4.2, 4.3), as
// RtpPacketView has them; nothing when there is none, when the extension is of another kind, or
// when an element before it reaches beyond the end. The data may be empty. Total over any bytes.
std::optional<std::span<const uint8_t>> FindHeaderExtension(uint16_t profile,
                                                            std::span<const uint8_t> extension,
                                                            uint8_t id) PARLEY_NONBLOCKING;

// The level of RFC 6464 under the identifier `id` that the SDP gave it, 1 to 255.
std::optional<ClientLevel> ReadClientLevel(const RtpPacketView& packet,
                                           uint8_t id) PARLEY_NONBLOCKING;

// Writes the extension of RFC 6465 to the start of `out`, header and padding included, as it stands
// between the CSRCs and the payload of a packet whose extension bit is set: one level for each
// CSRC, in their order. One-byte form for identifiers up to 14, two-byte form beyond. Returns the
// bytes written, a multiple of 4; 0 when there are no levels.
// REQUIRES: id > 0; at most kRtpCsrcsMax levels, each at most 127.
size_t WriteMixerLevels(uint8_t id, std::span<const uint8_t> levels_dbov,
                        std::span<uint8_t, kMixerLevelsBytesMax> out) PARLEY_NONBLOCKING;

}  // namespace parley
