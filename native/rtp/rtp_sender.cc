#include "rtp/rtp_sender.h"

#include "rtp/rtp_packet.h"

namespace parley {
namespace {

// A stream begins below 2^15, so that a secured peer that misses its beginning knows how often the
// number has wrapped (RFC 3711 3.3.1).
constexpr uint16_t kFirstSequenceMask = 0x7fff;

}  // namespace

RtpSender::RtpSender(const RtpSenderConfig& config)
    : config_(config), sequence_(config.first_sequence), timestamp_(config.first_timestamp) {}

size_t RtpSender::WritePacket(std::span<const uint8_t> payload, uint32_t samples,
                              std::span<uint8_t> out, const RtpExtras& extras) PARLEY_NONBLOCKING {
  const RtpHeader header{.marker = marker_,
                         .payload_type = config_.payload_type,
                         .sequence = sequence_,
                         .timestamp = timestamp_,
                         .ssrc = config_.ssrc};
  const size_t bytes = Write(header, extras, payload, samples, out);
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
  return Write(header, {}, payload, samples, out);
}

size_t RtpSender::Write(const RtpHeader& header, const RtpExtras& extras,
                        std::span<const uint8_t> payload, uint32_t samples,
                        std::span<uint8_t> out) {
  const size_t bytes = WriteRtpPacket(header, extras, payload, out);
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

void RtpSender::Rename(uint32_t ssrc) PARLEY_NONBLOCKING {
  config_.ssrc = ssrc;
  sequence_ &= kFirstSequenceMask;
  marker_ = true;
  packets_ = 0;
  octets_ = 0;
}

}  // namespace parley
