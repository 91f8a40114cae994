#include "engine/leg_coding.h"

#include <algorithm>
#include <array>

#include "base/units.h"
#include "codecs/g722_codec.h"
#include "codecs/stream_decoder.h"
#include "engine/packetizer.h"
#include "rtp/telephone_event.h"

namespace parley {
namespace {

constexpr uint32_t kJitterMsMax = 200;

}  // namespace

CodecFormat FormatOf(const layout::OpenLeg& command) {
  return {.codec = static_cast<layout::Codec>(command.codec),
          .rate_hz = command.rate_hz,
          .channels = command.channels};
}

OpusEncoderConfig OpusConfigOf(const layout::OpenLeg& command) {
  return {.rate_hz = command.rate_hz,
          .max_playback_rate_hz = command.opus_playback_rate_hz,
          .bitrate_bps = command.opus_bitrate_bps,
          .complexity = command.opus_complexity,
          .fec = command.opus_fec != 0,
          .dtx = command.opus_dtx != 0,
          .cbr = command.opus_cbr != 0};
}

bool IsCoding(const layout::OpenLeg& command) {
  if (command.codec > static_cast<uint32_t>(layout::Codec::kOpus)) return false;
  const bool is_lane = command.transport == static_cast<uint32_t>(layout::Transport::kLane);
  if (command.channels != 1 && (command.channels != 2 || is_lane)) return false;
  const uint32_t rate_hz = command.rate_hz;
  switch (static_cast<layout::Codec>(command.codec)) {
    case layout::Codec::kPcmu:
    case layout::Codec::kPcma:
      return rate_hz == 8000 && command.channels == 1;
    case layout::Codec::kG722:
      return rate_hz == kG722RateHz && command.channels == 1 && !is_lane;
    case layout::Codec::kOpus:
      return IsOpusRate(rate_hz) && IsSampleRate(rate_hz) && command.channels == 1 && !is_lane;
    case layout::Codec::kL16:
      return IsSampleRate(rate_hz) && (rate_hz != 44100 || !is_lane);
    case layout::Codec::kLinear16:
      return IsSampleRate(rate_hz) && rate_hz != 44100 && command.channels == 1;
  }
  return false;
}

bool IsEventClock(const layout::OpenLeg& command) {
  if (command.telephone_event_clock_hz == 0) return true;
  return command.telephone_event_clock_hz == kTelephoneEventClockHz &&
         ClockRateHz(FormatOf(command)) % kTelephoneEventClockHz == 0;
}

bool AreOthers(const layout::OpenLeg& command) {
  const bool is_clock_8000 = ClockRateHz(FormatOf(command)) == 8000;
  return std::ranges::all_of(
      std::array{command.pcmu_payload_type, command.pcma_payload_type, command.g722_payload_type},
      [&](uint8_t type) {
        return type == PayloadFormat::kNone || (type <= kPayloadTypeMax && is_clock_8000);
      });
}

bool IsTimed(const layout::OpenLeg& command) {
  if (command.jitter_ms > kJitterMsMax) return false;
  const bool is_lane = command.transport == static_cast<uint32_t>(layout::Transport::kLane);
  return is_lane ? command.ptime_ms == kFrameMs
                 : Packetizer::CanMake(FormatOf(command), command.ptime_ms);
}

}  // namespace parley
