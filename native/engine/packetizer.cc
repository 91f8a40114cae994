#include "engine/packetizer.h"

#include <algorithm>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

size_t FrameBytes(const CodecFormat& format) {
  return PayloadBytes(format, FrameSamples(format.rate_hz));
}

}  // namespace

bool Packetizer::CanMake(const CodecFormat& format, uint32_t ptime_ms) {
  if (ptime_ms == kFrameMs) return true;
  if (format.codec == layout::Codec::kOpus) return false;
  if (ptime_ms == kFrameMs / 2) return true;
  if (ptime_ms != 2 * kFrameMs && ptime_ms != 3 * kFrameMs) return false;
  return FrameBytes(format) * (ptime_ms / kFrameMs) <= kPacketPayloadBytesMax;
}

Packetizer::Packetizer(const CodecFormat& format, uint32_t ptime_ms)
    : frames_per_packet_(std::max(1U, ptime_ms / kFrameMs)) {
  PARLEY_ASSERT(CanMake(format, ptime_ms));
  const auto needed = static_cast<uint32_t>((FrameBytes(format) + kPacketPayloadBytesMax - 1) /
                                            kPacketPayloadBytesMax);
  packets_per_frame_ = std::max(needed, ptime_ms < kFrameMs ? 2U : 1U);
  PARLEY_ASSERT(FrameSamples(format.rate_hz) % packets_per_frame_ == 0);
}

std::span<uint8_t> Packetizer::Join(std::span<const uint8_t> frame) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(joins());
  const std::span<uint8_t> payload = std::span(packet_).subspan(kRtpHeaderBytes);
  PARLEY_ASSERT(bytes_waiting_ + frame.size() <= payload.size());
  std::ranges::copy(frame, payload.begin() + static_cast<std::ptrdiff_t>(bytes_waiting_));
  bytes_waiting_ += frame.size();
  if (++frames_waiting_ < frames_per_packet_) return {};
  const std::span<uint8_t> packet = std::span(packet_).first(kRtpHeaderBytes + bytes_waiting_);
  Clear();
  return packet;
}

void Packetizer::Clear() PARLEY_NONBLOCKING {
  frames_waiting_ = 0;
  bytes_waiting_ = 0;
}

}  // namespace parley
