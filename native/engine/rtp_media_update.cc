// What becomes of an RTP leg whose media is agreed on anew.

#include <memory>

#include "base/units.h"
#include "engine/payload_seam.h"
#include "engine/rtp_media.h"

namespace parley {
namespace {

// What a leg's delay may grow to, by the least it is: 20 ms to 60, 40 to 120 (`small` and `medium`
// of CONTRACT 1.2). From 60 on (`large`) there is room for a storm of 300 ms. Without a jitter
// buffer, nothing is waited for.
DelayLimits DelayLimitsFrom(uint32_t jitter_ms) {
  constexpr uint32_t kLargeMsMin = 60;
  constexpr uint32_t kLargeMsMax = 400;
  constexpr uint32_t kGrowth = 3;
  return {.target_ms_min = jitter_ms,
          .target_ms_max = jitter_ms < kLargeMsMin ? kGrowth * jitter_ms : kLargeMsMax};
}

// What encoders of Opus look ahead, 6.5 ms, and the decoder's resampler.
constexpr uint32_t kOpusDelayMs = 8;

}  // namespace

PlayoutConfig RtpMediaConfig::playout() const {
  return {.clock_rate_hz = ClockRateHz(formats[0].format),
          .sample_rate_hz = formats[0].format.rate_hz,
          .delay = DelayLimitsFrom(jitter_ms),
          .noise_seed = sender.ssrc};
}

DigitsIn RtpMediaConfig::digits_in() const {
  const CodecFormat& format = formats[0].format;
  const uint32_t clock_rate_hz = ClockRateHz(format);
  const uint32_t event_clock_hz =
      telephone_event_clock_hz == 0 ? clock_rate_hz : telephone_event_clock_hz;
  const bool is_opus = format.codec == layout::Codec::kOpus;
  return DigitsIn({.clock_rate_hz = clock_rate_hz,
                   .sample_rate_hz = format.rate_hz,
                   .event_clock_hz = event_clock_hz,
                   .codec_delay_ms = is_opus ? kOpusDelayMs : 0});
}

void RtpMedia::Update(const RtpMediaConfig& config, const CodecLoans& loans,
                      int64_t now_ns) PARLEY_NONBLOCKING {
  has_news_ = true;
  if (config.srtp.session != nullptr) guard_.Rekey(config.srtp, now_ns);
  FollowRemote(config);
  FollowCoding(config, loans);
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

void RtpMedia::FollowCoding(const RtpMediaConfig& config, const CodecLoans& loans) {
  const CodecFormat before = config_.formats[0].format;
  const CodecFormat& format = config.formats[0].format;
  const bool is_same = format == before;
  const bool is_event_clock_same =
      config.telephone_event_clock_hz == config_.telephone_event_clock_hz;
  if (!is_same || config.ptime_ms != config_.ptime_ms) {
    // What waits to be joined is given up.
    SkipFrames(0);
    packetizer_ = Packetizer(format, config.ptime_ms);
  }
  config_.formats = config.formats;
  config_.ptime_ms = config.ptime_ms;
  config_.telephone_event_payload_type = config.telephone_event_payload_type;
  config_.telephone_event_clock_hz = config.telephone_event_clock_hz;
  config_.redundancy_payload_type = config.redundancy_payload_type;
  config_.comfort_noise_payload_type = config.comfort_noise_payload_type;
  config_.client_level_id = config.client_level_id;
  if (config_.client_level_id == 0) client_level_.reset();
  config_.mixer_levels_id = config.mixer_levels_id;
  config_.jitter_ms = config.jitter_ms;
  sender_.SetPayloadType(config.formats[0].payload_type);
  if (!is_same || !is_event_clock_same) digits_in_ = config.digits_in();
  if (is_same) {
    decoder_.Rename(config.formats);
    return;
  }
  decoder_ = StreamDecoder(config.formats, loans.opus);
  RestartPlayout(loans.wide);
  if (ClockRateHz(format) != ClockRateHz(before)) {
    // Jitter and timestamps of another clock cannot be compared.
    frame_units_ = FrameSamples(ClockRateHz(format));
    receiver_ = RtpReceiver(ClockRateHz(format));
  }
  comfort_noise_ = ComfortNoiseIn(ClockRateHz(format), format.rate_hz, sender_.ssrc());
}

void RtpMedia::RestartPlayout(WideMemory* wide) {
  report_.Carry(playout_);
  std::destroy_at(&playout_);
  std::construct_at(&playout_, pool_, config_.playout(), SeamOf(decoder_), wide);
}

void RtpMedia::FollowDirection(layout::Direction direction) {
  const bool was_heard = IsHeard();
  config_.direction = direction;
  if (IsHeard() != was_heard) playout_.Reset();
}

}  // namespace parley
