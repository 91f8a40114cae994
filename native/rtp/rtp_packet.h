// RTP packets (RFC 3550 5.1): read in place, written into a buffer. Total over any bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"

namespace parley {

inline constexpr size_t kRtpHeaderBytes = 12;  // without CSRC and extension
inline constexpr size_t kRtpCsrcsMax = 15;

enum class DatagramKind : uint8_t { kRtp, kRtcp, kOther };

// Tells RTP from RTCP on a shared socket by the second byte (RFC 5761 4), and both from anything
// that is not version 2. Says nothing about validity beyond that.
DatagramKind ClassifyDatagram(std::span<const uint8_t> datagram) PARLEY_NONBLOCKING;

struct RtpHeader {
  bool marker = false;
  uint8_t payload_type = 0;  // 0 to 127
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
};

// A parsed packet. The spans point into the datagram it was parsed from.
struct RtpPacketView {
  RtpHeader header;
  std::span<const uint8_t> csrcs;  // 4 bytes each, network byte order
  uint16_t extension_profile = 0;  // meaningful when extension is not empty
  std::span<const uint8_t> extension;
  std::span<const uint8_t> payload;  // without padding; may be empty
};

// The packet in `datagram`, or nothing when it is not version 2, or when CSRCs, extension or
// padding reach beyond its end.
std::optional<RtpPacketView> ParseRtpPacket(std::span<const uint8_t> datagram) PARLEY_NONBLOCKING;

// What a packet has between its header and its payload.
struct RtpExtras {
  std::span<const uint32_t> csrcs;
  // With its own header and padding, as it stands in the packet: whole words; none when empty.
  std::span<const uint8_t> extension;
};

// Writes header, extras and payload to the start of `out` and returns the bytes written, or 0 when
// they do not fit. `payload` may already lie at its place in `out`.
// REQUIRES: at most kRtpCsrcsMax CSRCs, extension of whole words, payload_type <= 127.
size_t WriteRtpPacket(const RtpHeader& header, const RtpExtras& extras,
                      std::span<const uint8_t> payload, std::span<uint8_t> out) PARLEY_NONBLOCKING;

}  // namespace parley
