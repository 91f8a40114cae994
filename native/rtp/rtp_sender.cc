#include "rtp/rtp_sender.h"

#include "rtp/rtp_packet.h"

namespace parley {

RtpSender::RtpSender(const RtpSenderConfig& config)
    : config_(config), sequence_(config.first_sequence), timestamp_(config.first_timestamp) {}

size_t RtpSender::WritePacket(std::span<const uint8_t> payload, uint32_t samples,
                              std::span<uint8_t> out) PARLEY_NONBLOCKING {
  const RtpHeader header{.marker = marker_,
                         .payload_type = config_.payload_type,
                         .sequence = sequence_,
                         .timestamp = timestamp_,
                         .ssrc = config_.ssrc};
  const size_t bytes = Write(header, payload, samples, out);
  if (bytes > 0) marker_ = false;
  return bytes;
}

size_t RtpSender::WriteSubstitute(const Substitute& substitute, std::span<const uint8_t> payload,
                                  uint32_t samples, std::span<uint8_t> out) PARLEY_NONBLOCKING {
  const RtpHeader header{.marker = substitute.marker,
                         .payload_type = substitute.payload_type,
                         .sequence = sequence_,
                         .timestamp = substitute.timestamp,
                         .ssrc = config_.ssrc};
  return Write(header, payload, samples, out);
}

size_t RtpSender::Write(const RtpHeader& header, std::span<const uint8_t> payload, uint32_t samples,
                        std::span<uint8_t> out) {
  const size_t bytes = WriteRtpPacket(header, {}, payload, out);
  if (bytes == 0) return 0;
  ++sequence_;
  timestamp_ += samples;
  ++packets_;
  octets_ += payload.size();
  return bytes;
}

void RtpSender::Skip(uint32_t samples) PARLEY_NONBLOCKING {
  timestamp_ += samples;
  marker_ = true;
}

}  // namespace parley
