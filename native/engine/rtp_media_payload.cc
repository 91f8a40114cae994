// What the packets of an RTP leg hold: sound, keys, comfort noise, and earlier packets again.

#include "base/units.h"
#include "engine/rtp_media.h"
#include "rtp/redundancy.h"

namespace parley {

// `arrival_ns`: none as Playout::Insert has it.
void RtpMedia::TakeSound(const RtpPacketView& packet, std::optional<int64_t> arrival_ns,
                         Stats& stats) {
  comfort_noise_.OnSound();
  digits_in_.OnSound(packet.header.timestamp);
  playout_.Insert(packet, arrival_ns);
  if (playout_.inserted_samples() == 0) ++stats->packets_undecodable;
  is_next_sound_ = playout_.inserted_samples() >= FrameSamples(config_.formats[0].format.rate_hz);
}

void RtpMedia::TakePayload(const RtpPacketView& packet, int64_t arrival_ns, Stats& stats) {
  const uint8_t payload_type = packet.header.payload_type;
  if (decoder_.Accepts(payload_type)) {
    TakeSound(packet, arrival_ns, stats);
    return;
  }
  if (payload_type == config_.comfort_noise_payload_type) {
    playout_.InsertPause(packet.header, arrival_ns);
    comfort_noise_.OnPacket(packet, stats);
    return;
  }
  playout_.InsertOther(packet.header, arrival_ns);
  if (payload_type == config_.telephone_event_payload_type) {
    digits_in_.OnPacket(packet, arrival_ns, stats);
  }
}

// What it carries again comes first: it is older. What of it is no sound keeps its place alone, but
// for keys, which know by themselves what they have seen.
void RtpMedia::TakeRedundant(const RtpPacketView& packet, int64_t arrival_ns, Stats& stats) {
  const std::optional<RedundancyView> view =
      ParseRedundancy(packet.header.timestamp, packet.payload);
  if (!view) {
    ++stats->packets_invalid;
    playout_.InsertOther(packet.header, arrival_ns);
    return;
  }
  RtpPacketView block = packet;
  for (const RedundancyBlock& earlier : std::span(view->redundant).first(view->redundant_count)) {
    block.payload = earlier.payload;
    block.header.payload_type = earlier.payload_type;
    block.header.timestamp = earlier.timestamp;
    if (earlier.payload_type == config_.telephone_event_payload_type) {
      digits_in_.OnPacket(block, arrival_ns, stats);
    }
    if (!decoder_.Accepts(earlier.payload_type)) continue;
    const std::optional<uint16_t> missing =
        redundancy_.Missing(packet.header.sequence, packet.header.timestamp - earlier.timestamp,
                            UnitsOf(earlier.payload_type, earlier.payload));
    if (!missing) continue;
    block.header.sequence = *missing;
    redundancy_.Note(*missing);
    if (playout_.Insert(block, arrival_ns) != InsertResult::kStored) continue;
    ++packets_recovered_;
    has_news_ = true;
    ++stats->packets_recovered;
  }
  block = packet;
  block.header.payload_type = view->primary.payload_type;
  block.payload = view->primary.payload;
  TakePayload(block, arrival_ns, stats);
}

// Of the RTP clock.
uint32_t RtpMedia::UnitsOf(uint8_t payload_type, std::span<const uint8_t> payload) {
  const CodecFormat& format = config_.formats[0].format;
  return static_cast<uint32_t>(uint64_t{decoder_.Samples(payload_type, payload)} *
                               ClockRateHz(format) / format.rate_hz);
}

}  // namespace parley
