// Cuts the coded 20 ms frames of a leg into packets shorter than a frame, or joins several into
// one.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "codecs/codec.h"
#include "rtp/rtp_packet.h"

namespace parley {

// Payload of the longest packet sent: with the headers of RTP, SRTP, UDP and IPv6 it fits an
// Ethernet frame, so that none is fragmented.
inline constexpr size_t kPacketPayloadBytesMax = 1400;

// One thread; real-time safe; no memory beyond the object, about 1.5 KiB.
class Packetizer {
 public:
  // Whether frames of `format` can be sent `ptime_ms` to a packet: 10, 20, 40 or 60 ms, as long as
  // 40 or 60 ms fit a packet; of Opus 20 ms alone.
  static bool CanMake(const CodecFormat& format, uint32_t ptime_ms);

  // REQUIRES: CanMake(format, ptime_ms).
  Packetizer(const CodecFormat& format, uint32_t ptime_ms);

  // Packets of one frame: 2 for 10 ms, and as many as it takes for none to be too long.
  uint32_t packets_per_frame() const { return packets_per_frame_; }
  // Frames that wait for others to be joined to them.
  uint32_t frames_waiting() const { return frames_waiting_; }
  bool joins() const { return frames_per_packet_ > 1; }

  // Takes a frame; returns the packet it fills, kRtpHeaderBytes of room before the payload, or
  // nothing while more frames are to come. Valid until the next call. REQUIRES: joins().
  std::span<uint8_t> Join(std::span<const uint8_t> frame) PARLEY_NONBLOCKING;

  // Frames in a packet that Join has returned.
  uint32_t frames_per_packet() const { return frames_per_packet_; }

  // Forgets the frames that wait.
  void Clear() PARLEY_NONBLOCKING;

  // What every turn looks at begins here, and goes on to the end.
  const void* often() const { return &packets_per_frame_; }

 private:
  std::array<uint8_t, kRtpHeaderBytes + kPacketPayloadBytesMax> packet_;
  size_t bytes_waiting_ = 0;
  uint32_t packets_per_frame_;
  uint32_t frames_per_packet_;
  uint32_t frames_waiting_ = 0;
};

}  // namespace parley
