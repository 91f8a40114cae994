// The RTP stream a leg sends: its own SSRC, sequence numbers, timestamps and counts (RFC 3550 5.1).
// One thread. Real-time safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "rtp/rtp_packet.h"

namespace parley {

struct RtpSenderConfig {
  uint32_t ssrc = 0;
  uint16_t first_sequence = 0;
  uint32_t first_timestamp = 0;
  uint8_t payload_type = 0;  // 0 to 127
};

class RtpSender {
 public:
  explicit RtpSender(const RtpSenderConfig& config);

  // Writes the next packet, `payload` holding `samples` of sound, into `out`; returns its bytes, or
  // 0 when it does not fit and nothing changed. The marker is set at the start and after a Skip
  // (RFC 3551 4.1). `payload` may already lie kRtpHeaderBytes into `out`.
  size_t WritePacket(std::span<const uint8_t> payload, uint32_t samples, std::span<uint8_t> out,
                     const RtpExtras& extras = {}) PARLEY_NONBLOCKING;

  // As WritePacket, in place of `samples` of sound: another payload under a timestamp and marker of
  // its own (RFC 4733 2.2). Numbers and time go on alike.
  struct Substitute {
    uint8_t payload_type = 0;  // 0 to 127
    uint32_t timestamp = 0;
    bool marker = false;
  };
  size_t WriteSubstitute(const Substitute& substitute, std::span<const uint8_t> payload,
                         uint32_t samples, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // The payload type of the packets from now on, 0 to 127.
  void SetPayloadType(uint8_t payload_type) { config_.payload_type = payload_type; }

  // Lets `samples` of time pass without a packet.
  void Skip(uint32_t samples) PARLEY_NONBLOCKING;

  // Goes on as another source: counts begin anew.
  void Rename(uint32_t ssrc) PARLEY_NONBLOCKING;

  uint32_t ssrc() const { return config_.ssrc; }
  // Timestamp of the next sample to be sent.
  uint32_t timestamp() const { return timestamp_; }
  // Packets and payload octets written so far, as sender reports count them.
  uint64_t packets() const { return packets_; }
  uint64_t octets() const { return octets_; }

 private:
  size_t Write(const RtpHeader& header, const RtpExtras& extras, std::span<const uint8_t> payload,
               uint32_t samples, std::span<uint8_t> out);

  RtpSenderConfig config_;
  uint16_t sequence_;
  uint32_t timestamp_;
  bool marker_ = true;
  uint64_t packets_ = 0;
  uint64_t octets_ = 0;
};

}  // namespace parley
