// Any datagram is classified and parsed; what parses is written again and must parse to the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/byte_order.h"
#include "rtp/rtp_packet.h"

namespace parley {
namespace {

bool IsWithin(std::span<const uint8_t> part, std::span<const uint8_t> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void CheckRoundTrip(const RtpPacketView& packet) {
  std::vector<uint32_t> csrcs;
  for (size_t at = 0; at < packet.csrcs.size(); at += 4) {
    csrcs.push_back(ReadBe32(&packet.csrcs[at]));
  }
  std::vector<uint8_t> written(kRtpHeaderBytes + packet.csrcs.size() + packet.payload.size());
  PARLEY_ASSERT(WriteRtpPacket(packet.header, {.csrcs = csrcs, .extension = {}}, packet.payload,
                               written) == written.size());
  const auto again = ParseRtpPacket(written);
  PARLEY_ASSERT(again.has_value());
  PARLEY_ASSERT(again->header.marker == packet.header.marker);
  PARLEY_ASSERT(again->header.payload_type == packet.header.payload_type);
  PARLEY_ASSERT(again->header.sequence == packet.header.sequence);
  PARLEY_ASSERT(again->header.timestamp == packet.header.timestamp);
  PARLEY_ASSERT(again->header.ssrc == packet.header.ssrc);
  PARLEY_ASSERT(std::ranges::equal(again->csrcs, packet.csrcs));
  PARLEY_ASSERT(std::ranges::equal(again->payload, packet.payload));
}

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> datagram(data, size);
  const parley::DatagramKind kind = parley::ClassifyDatagram(datagram);
  const auto packet = parley::ParseRtpPacket(datagram);
  if (!packet) return 0;
  PARLEY_ASSERT(kind != parley::DatagramKind::kOther);
  PARLEY_ASSERT(parley::IsWithin(packet->csrcs, datagram));
  PARLEY_ASSERT(parley::IsWithin(packet->extension, datagram));
  PARLEY_ASSERT(parley::IsWithin(packet->payload, datagram));
  parley::CheckRoundTrip(*packet);
  return 0;
}
