#include "rtp/rtp_packet.h"

#include <cstring>

#include "base/assert.h"
#include "base/byte_order.h"

namespace parley {
namespace {

constexpr uint8_t kVersionBits = 0x80;
constexpr uint8_t kVersionMask = 0xc0;
constexpr uint8_t kPaddingBit = 0x20;
constexpr uint8_t kExtensionBit = 0x10;
constexpr uint8_t kCsrcCountMask = 0x0f;
constexpr uint8_t kMarkerBit = 0x80;
constexpr uint8_t kPayloadTypeMask = 0x7f;
constexpr size_t kExtensionHeaderBytes = 4;

// RTCP packet types 192 to 223 look like RTP payload types 64 to 95 with the marker (RFC 5761 4).
constexpr uint8_t kRtcpTypeMin = 192;
constexpr uint8_t kRtcpTypeMax = 223;

}  // namespace

DatagramKind ClassifyDatagram(std::span<const uint8_t> datagram) PARLEY_NONBLOCKING {
  if (datagram.size() < 2 || (datagram[0] & kVersionMask) != kVersionBits) {
    return DatagramKind::kOther;
  }
  const bool is_rtcp = datagram[1] >= kRtcpTypeMin && datagram[1] <= kRtcpTypeMax;
  return is_rtcp ? DatagramKind::kRtcp : DatagramKind::kRtp;
}

std::optional<RtpPacketView> ParseRtpPacket(std::span<const uint8_t> datagram) PARLEY_NONBLOCKING {
  if (datagram.size() < kRtpHeaderBytes) return std::nullopt;
  const uint8_t first = datagram[0];
  if ((first & kVersionMask) != kVersionBits) return std::nullopt;

  RtpPacketView packet;
  packet.header.marker = (datagram[1] & kMarkerBit) != 0;
  packet.header.payload_type = datagram[1] & kPayloadTypeMask;
  packet.header.sequence = ReadBe16(&datagram[2]);
  packet.header.timestamp = ReadBe32(&datagram[4]);
  packet.header.ssrc = ReadBe32(&datagram[8]);

  std::span<const uint8_t> rest = datagram.subspan(kRtpHeaderBytes);
  const size_t csrc_bytes = size_t{4} * (first & kCsrcCountMask);
  if (rest.size() < csrc_bytes) return std::nullopt;
  packet.csrcs = rest.first(csrc_bytes);
  rest = rest.subspan(csrc_bytes);

  if ((first & kExtensionBit) != 0) {
    if (rest.size() < kExtensionHeaderBytes) return std::nullopt;
    const size_t extension_bytes = size_t{4} * ReadBe16(&rest[2]);
    if (rest.size() - kExtensionHeaderBytes < extension_bytes) return std::nullopt;
    packet.extension_profile = ReadBe16(&rest[0]);
    packet.extension = rest.subspan(kExtensionHeaderBytes, extension_bytes);
    rest = rest.subspan(kExtensionHeaderBytes + extension_bytes);
  }

  if ((first & kPaddingBit) != 0) {
    // The last byte counts the padding, itself included.
    if (rest.empty() || rest.back() == 0 || rest.back() > rest.size()) return std::nullopt;
    rest = rest.first(rest.size() - rest.back());
  }
  packet.payload = rest;
  return packet;
}

size_t WriteRtpPacket(const RtpHeader& header, const RtpExtras& extras,
                      std::span<const uint8_t> payload, std::span<uint8_t> out) PARLEY_NONBLOCKING {
  const auto& [csrcs, extension] = extras;
  PARLEY_ASSERT(csrcs.size() <= kRtpCsrcsMax && extension.size() % 4 == 0);
  PARLEY_ASSERT(header.payload_type <= kPayloadTypeMask);
  const size_t extension_begin = kRtpHeaderBytes + 4 * csrcs.size();
  const size_t payload_begin = extension_begin + extension.size();
  if (out.size() < payload_begin || out.size() - payload_begin < payload.size()) return 0;
  // Before the header, which may be written over where the payload lies now.
  const bool is_there = payload.data() == out.data() + payload_begin;
  if (!payload.empty() && !is_there) {
    std::memmove(&out[payload_begin], payload.data(), payload.size());
  }
  const uint8_t extension_bit = extension.empty() ? 0 : kExtensionBit;
  out[0] = static_cast<uint8_t>(kVersionBits | extension_bit | csrcs.size());
  out[1] = static_cast<uint8_t>((header.marker ? kMarkerBit : 0) | header.payload_type);
  WriteBe16(&out[2], header.sequence);
  WriteBe32(&out[4], header.timestamp);
  WriteBe32(&out[8], header.ssrc);
  for (size_t i = 0; i < csrcs.size(); ++i) WriteBe32(&out[kRtpHeaderBytes + 4 * i], csrcs[i]);
  if (!extension.empty()) std::memcpy(&out[extension_begin], extension.data(), extension.size());
  return payload_begin + payload.size();
}

}  // namespace parley
