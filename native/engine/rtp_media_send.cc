// What an RTP leg sends: sound, keys in its place, reports and goodbyes.

#include <algorithm>
#include <array>

#include "base/units.h"
#include "engine/leg_coding.h"
#include "engine/rtp_media.h"

namespace parley {
bool RtpMedia::QueueDigits(std::span<const uint8_t> digits) PARLEY_NONBLOCKING {
  if (config_.telephone_event_payload_type > kPayloadTypeMax) return false;
  if (digits.size() > TelephoneEventSender::kQueueMax - digits_out_.queued()) return false;
  if (!std::ranges::all_of(digits, IsTelephoneKey)) return false;
  for (const uint8_t digit : digits) digits_out_.Queue(static_cast<char>(digit));
  digits_given_ += static_cast<uint32_t>(digits.size());
  has_digits_out_ = true;
  has_news_ = true;
  return true;
}

bool RtpMedia::SendDigit(DatagramPort& port, const TickTime& time, Stats& stats) {
  if (!has_digits_out_) return false;
  has_digits_out_ = digits_out_.is_busy();
  if (!has_digits_out_) return false;
  has_news_ = true;
  // What waits to be joined would come behind the key.
  SkipFrames(0);
  const size_t queued = digits_out_.queued();
  const uint32_t clock_rate_hz = ClockRateHz(config_.formats[0].format);
  auto event = digits_out_.Next(sender_.timestamp(), frame_units_, clock_rate_hz);
  if (!event) return false;
  if (config_.telephone_event_clock_hz != 0) {
    event->event.duration = static_cast<uint16_t>(event->event.duration *
                                                  config_.telephone_event_clock_hz / clock_rate_hz);
  }
  stats->digits_sent += queued - digits_out_.queued();
  std::array<uint8_t, kTelephoneEventBytes> payload;
  WriteTelephoneEvent(event->event, payload);
  std::array<uint8_t, kRtpHeaderBytes + kTelephoneEventBytes> packet;
  const size_t bytes =
      sender_.WriteSubstitute({.payload_type = config_.telephone_event_payload_type,
                               .timestamp = event->timestamp,
                               .marker = event->marker},
                              payload, frame_units_, packet);
  SendRtp(port, std::span(packet).first(bytes), time, stats);
  return true;
}

void RtpMedia::Send(DatagramPort& port, std::span<uint8_t> packet, const MixerSources& sources,
                    const TickTime& time, Stats& stats) PARLEY_NONBLOCKING {
  if (is_ssrc_taken_) TakeAnotherSsrc(port, time, stats);
  if (!IsSending()) {
    SkipFrames(1);
  } else if (!SendDigit(port, time, stats)) {
    SendFrame(port, packet, sources, time, stats);
  }
  // Reports go on while no sound is sent (RFC 3264 5.1), but not to a peer that wants nothing.
  if (!latch_.peer().is_set() || config_.is_parked || !rtcp_.IsDue(time.now_ns)) return;
  std::array<uint8_t, kRtcpReportBytesMax> report;
  const size_t bytes = rtcp_.WriteReport(time.now_ns, time.wall_ns, sender_, receiver_, report);
  SendRtcp(port, std::span(report).first(bytes), time, stats);
}

void RtpMedia::SendFrame(DatagramPort& port, std::span<uint8_t> packet, const MixerSources& sources,
                         const TickTime& time, Stats& stats) {
  const std::span<uint8_t> frame = packet.subspan(kRtpHeaderBytes);
  if (frame.empty()) {
    SkipFrames(1);
    return;
  }
  if (packetizer_.joins()) {
    const std::span<uint8_t> joined = packetizer_.Join(frame);
    if (joined.empty()) return;
    SendPacket(port, joined, frame_units_ * packetizer_.frames_per_packet(), sources, time, stats);
    return;
  }
  const uint32_t parts = packetizer_.packets_per_frame();
  const size_t part_bytes = frame.size() / parts;
  for (uint32_t part = 0; part < parts; ++part) {
    // The header of each but the first lies over the end of the one before, which others may be
    // about to send.
    const std::span<uint8_t> piece =
        packet.subspan(part * part_bytes, kRtpHeaderBytes + part_bytes);
    std::array<uint8_t, kRtpHeaderBytes> kept;
    std::ranges::copy(piece.first<kRtpHeaderBytes>(), kept.begin());
    SendPacket(port, piece, frame_units_ / parts, sources, time, stats);
    std::ranges::copy(kept, piece.begin());
  }
}

void RtpMedia::SendPacket(DatagramPort& port, std::span<uint8_t> packet, uint32_t units,
                          const MixerSources& sources, const TickTime& time, Stats& stats) {
  if (lists_sources() && sources.size() > 0) {
    ListedPacket listed;
    SendRtp(port, WriteListed(packet.subspan(kRtpHeaderBytes), units, sources, listed), time,
            stats);
    return;
  }
  sender_.WritePacket(packet.subspan(kRtpHeaderBytes), units, packet);
  SendRtp(port, packet, time, stats);
}

// The payload is shared with legs whose headers are shorter, so it is copied.
std::span<const uint8_t> RtpMedia::WriteListed(std::span<const uint8_t> payload, uint32_t units,
                                               const MixerSources& sources, ListedPacket& out) {
  std::array<uint8_t, kMixerLevelsBytesMax> extension;
  const size_t extension_bytes =
      WriteMixerLevels(config_.mixer_levels_id, sources.levels_dbov(), extension);
  const size_t bytes = sender_.WritePacket(
      payload, units, out,
      {.csrcs = sources.ssrcs(), .extension = std::span(extension).first(extension_bytes)});
  return std::span(out).first(bytes);
}

void RtpMedia::SendRtp(DatagramPort& port, std::span<const uint8_t> packet, const TickTime& time,
                       Stats& stats) {
  SealRoom room;
  const std::span<const uint8_t> sealed = guard_.SealRtp(packet, room, time.now_ns, stats);
  if (sealed.empty()) return;
  const Address to = is_connected_ ? Address{} : latch_.peer();
  if (port.Send(config_.rtp_descriptor, to, sealed) == SendResult::kSent) {
    ++packets_sent_;
    ++stats->packets_sent;
  } else {
    ++stats->packets_send_failed;
  }
}

void RtpMedia::TakeAnotherSsrc(DatagramPort& port, const TickTime& time, Stats& stats) {
  is_ssrc_taken_ = false;
  ++stats->ssrc_collisions;
  SendBye(port, time, stats);
  sender_.Rename(rtcp_.DrawSsrc(sender_.ssrc()));
}

void RtpMedia::SkipFrames(uint32_t frames) PARLEY_NONBLOCKING {
  // What waits to be joined would come too late.
  const uint32_t skipped = packetizer_.frames_waiting() + frames;
  packetizer_.Clear();
  if (skipped > 0) sender_.Skip(skipped * frame_units_);
}

void RtpMedia::SendBye(DatagramPort& port, const TickTime& time, Stats& stats) PARLEY_NONBLOCKING {
  if (!latch_.peer().is_set() || config_.is_parked) return;
  std::array<uint8_t, kRtcpReportBytesMax> report;
  const size_t bytes = rtcp_.WriteBye(time.now_ns, time.wall_ns, sender_, receiver_, report);
  SendRtcp(port, std::span(report).first(bytes), time, stats);
}

Address RtpMedia::RtcpDestination() const {
  if (IsPeerHost(rtcp_source_)) return rtcp_source_;
  const Address& peer = latch_.peer();
  if (peer == config_.remote_rtp && config_.remote_rtcp.port != 0) return config_.remote_rtcp;
  Address next = peer;
  ++next.port;
  return next;
}

void RtpMedia::SendRtcp(DatagramPort& port, std::span<const uint8_t> report, const TickTime& time,
                        Stats& stats) {
  SealRoom room;
  const std::span<const uint8_t> sealed = guard_.SealRtcp(report, room, time.now_ns, stats);
  if (sealed.empty()) return;
  const bool is_shared = config_.rtcp_descriptor < 0;
  const Address to = !is_shared ? RtcpDestination() : is_connected_ ? Address{} : latch_.peer();
  const int descriptor = is_shared ? config_.rtp_descriptor : config_.rtcp_descriptor;
  if (port.Send(descriptor, to, sealed) == SendResult::kSent) ++stats->rtcp_sent;
}

}  // namespace parley
