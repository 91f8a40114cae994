// What becomes of an RTP leg whose media is agreed on anew.

#include "base/units.h"
#include "engine/rtp_media.h"

namespace parley {

void RtpMedia::Update(const RtpMediaConfig& config, int64_t now_ns) PARLEY_NONBLOCKING {
  if (config.srtp.session != nullptr) guard_.Rekey(config.srtp, now_ns);
  FollowRemote(config);
  FollowCoding(config);
  FollowDirection(config.direction);
  config_.is_parked = config.is_parked;
}

// The same address again is no reason to doubt the peer that was found, perhaps behind a NAT.
void RtpMedia::FollowRemote(const RtpMediaConfig& config) {
  if (!config.remote_rtp.is_set()) return;
  if (config.remote_rtp != config_.remote_rtp) {
    latch_.Rename(config.remote_rtp);
    first_packet_ns_.reset();
    is_disconnect_due_ = is_connected_;
    is_connected_ = false;
    may_connect_ = true;
  }
  config_.remote_rtp = config.remote_rtp;
  config_.remote_rtcp = config.remote_rtcp;
}

void RtpMedia::FollowCoding(const RtpMediaConfig& config) {
  const CodecFormat before = config_.format;
  config_.payload_type = config.payload_type;
  config_.telephone_event_payload_type = config.telephone_event_payload_type;
  config_.jitter_ms = config.jitter_ms;
  config_.format = config.format;
  sender_.SetPayloadType(config.payload_type);
  if (config.format.codec == before.codec && config.format.rate_hz == before.rate_hz) return;
  frame_samples_ = FrameSamples(config.format.rate_hz);
  RestartPlayout();
  // Jitter and timestamps of another clock cannot be compared.
  if (config.format.rate_hz == before.rate_hz) return;
  receiver_ = RtpReceiver(config.format.rate_hz);
  digits_in_ = DigitsIn(config.format.rate_hz, config.format.rate_hz);
}

void RtpMedia::FollowDirection(layout::Direction direction) {
  const bool was_heard = IsHeard();
  config_.direction = direction;
  if (IsHeard() != was_heard) playout_.Reset();
}

}  // namespace parley
