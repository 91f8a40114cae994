#include "testing/sharing_room.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "base/units.h"
#include "testing/signals.h"

namespace parley::testing {
namespace {

using layout::Codec;
using Bytes = std::vector<uint8_t>;
using Samples = std::vector<int16_t>;

constexpr EngineLimits kLimits = {.legs_max = 64,
                                  .rooms_max = 4,
                                  .lanes_max = 0,
                                  .opus_legs_max = 32,
                                  .players_max = 4,
                                  .command_records = 256,
                                  .event_records = 1024};
constexpr uint8_t kPayloadType = 96;
constexpr double kVoiceSeconds = 20;

}  // namespace

FarEnd::FarEnd(const CodecFormat& format)
    : opus_(format.codec == Codec::kOpus ? std::make_unique<OpusFrameDecoder>() : nullptr),
      decoder_({{{.payload_type = 0, .format = format}}}, opus_.get()) {}

void FarEnd::Hear(std::span<const uint8_t> payload) {
  Samples frame(FrameSamples(kG722RateHz));
  if (!payload.empty()) {
    ASSERT_EQ(decoder_.Samples(0, payload), frame.size());
    decoder_.Decode(0, payload, frame);
  } else if (opus_ != nullptr) {
    opus_->Conceal(frame);
  }
  heard_.insert(heard_.end(), frame.begin(), frame.end());
}

Party::Party(uint32_t slot, const CodecFormat& format, const OpusEncoderConfig& config)
    : caller({.slot = slot}, format, kPayloadType),
      voice(Speech(5'000, kVoiceSeconds, format.rate_hz, slot + 1)),
      real(format),
      alone(format) {
  if (format.codec == Codec::kOpus) opus = std::make_unique<OpusFrameEncoder>();
  encoder.Open(format, opus.get(), config);
}

SharingRoom::SharingRoom(const Spreading& spreading)
    : shard_(kLimits, nullptr, spreading), batch_{OpenRoom(0, kRateHz)} {
  // Tick 0 is that of those who were never served.
  shard_.Tick(kPhasesPerFrame);
  shard_.port().WatchSends([this](int descriptor) {
    for (auto& party : parties_) {
      if (party->caller.descriptor() == descriptor) Overhear(*party);
    }
  });
}

Samples SharingRoom::Babble() {
  constexpr double kNoise = 100;
  Samples sum(static_cast<size_t>(kVoiceSeconds * kRateHz));
  std::minstd_rand random(3);
  for (const uint32_t seed : {101, 102, 103}) {
    const Samples voice = Speech(4'000, kVoiceSeconds, kRateHz, seed);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<int16_t>(sum[i] + voice[i]);
  }
  for (int16_t& sample : sum) {
    const double noise = static_cast<double>(random() % 2'001) / 1'000 - 1;
    sample = static_cast<int16_t>(sample + kNoise * noise);
  }
  return sum;
}

Party& SharingRoom::Add(const CodecFormat& format, bool is_muted, OpusEncoderConfig config) {
  const auto slot = static_cast<uint32_t>(parties_.size());
  config.rate_hz = kRateHz;
  config.bitrate_bps = 24'000;
  parties_.push_back(std::make_unique<Party>(slot, format, config));
  layout::OpenLeg open = parties_.back()->caller.OpenLeg();
  open.opus_bitrate_bps = config.bitrate_bps;
  open.opus_complexity = static_cast<uint8_t>(config.complexity);
  open.opus_playback_rate_hz = config.max_playback_rate_hz;
  open.opus_dtx = config.dtx ? 1 : 0;
  open.opus_fec = config.fec ? 1 : 0;
  batch_.push_back(Record::From(open));
  Mute(slot, is_muted);
  return *parties_.back();
}

void SharingRoom::Mute(uint32_t slot, bool is_muted, layout::Hears hears) {
  parties_[slot]->is_muted = is_muted;
  const layout::Sends sends = is_muted ? layout::Sends::kNobody : layout::Sends::kRoom;
  batch_.push_back(RouteLeg({.slot = slot}, {.sends = sends, .hears = hears}));
}

void SharingRoom::Run(uint32_t turns) {
  for (uint32_t turn = 0; turn < turns; ++turn) Turn();
}

uint32_t SharingRoom::RunToRejoin(uint32_t turns_max) {
  const uint64_t before = stats().encoders_rejoined;
  uint32_t turns = 0;
  while (turns < turns_max && stats().encoders_rejoined == before) {
    Turn();
    ++turns;
  }
  EXPECT_LT(turns, turns_max);
  return turns;
}

void SharingRoom::Turn(uint32_t ticks_before) {
  if (ticks_before == 0 && !batch_.empty()) shard_.Command(std::exchange(batch_, {}));
  for (auto& party : parties_) {
    if (party->is_muted) continue;
    const size_t samples = FrameSamples(party->caller.format().rate_hz);
    party->caller.Send(shard_, std::span(party->voice).subspan(party->spoken, samples));
    party->spoken = (party->spoken + samples) % (party->voice.size() - samples);
  }
  overheard_.clear();
  Tick(ticks_before);
  if (!batch_.empty()) shard_.Command(std::exchange(batch_, {}));
  Tick(kPhasesPerFrame - ticks_before);
  std::map<int, Bytes> by_descriptor;
  for (const FakePort::Sent& sent : shard_.port().TakeSent()) {
    if (ClassifyDatagram(sent.bytes) != DatagramKind::kRtp) continue;
    const auto packet = ParseRtpPacket(sent.bytes);
    ASSERT_TRUE(packet.has_value());
    by_descriptor[sent.descriptor] = Bytes(packet->payload.begin(), packet->payload.end());
    CheckHeader(sent.descriptor, *packet);
  }
  for (auto& party : parties_) Listen(*party, by_descriptor[party->caller.descriptor()]);
}

// Others have their frames in the same place, so what a leg hears is looked at when it is sent;
// what is not sent, at the end of its tick.
void SharingRoom::Tick(uint32_t ticks) {
  for (uint32_t tick = 0; tick < ticks; ++tick) {
    shard_.Tick();
    for (auto& party : parties_) {
      const layout::LegSlot& slot = shard_.arena().leg(party->caller.leg().slot);
      if (slot.in_use != 0 && slot.tick + 1 == shard_.engine().tick()) Overhear(*party);
    }
  }
}

void SharingRoom::Overhear(Party& party) {
  if (party.encoder.is_stateless()) return;
  const uint32_t slot = party.caller.leg().slot;
  const auto [heard, is_first] = overheard_.try_emplace(slot, kFrame);
  if (!is_first) return;
  // Of a room that is at another rate now, some of it.
  const std::span<const int16_t> frame = shard_.engine().FrameHeardBy(slot);
  std::ranges::copy(frame.first(std::min<size_t>(frame.size(), kFrame)), heard->second.begin());
}

void SharingRoom::Listen(Party& party, const Bytes& payload) {
  if (party.encoder.is_stateless()) return;
  const Samples& output = overheard_.try_emplace(party.caller.leg().slot, kFrame).first->second;
  party.said_to.insert(party.said_to.end(), output.begin(), output.end());
  Bytes expected(PayloadBytes(party.caller.format(), kFrame));
  expected.resize(party.encoder.Encode(output, expected));
  party.sent.push_back(payload);
  party.expected.push_back(expected);
  party.real.Hear(payload);
  party.alone.Hear(expected);
}

// Whoever codes it. A pause says so by its timestamp and a marker.
void SharingRoom::CheckHeader(int descriptor, const RtpPacketView& packet) {
  Stream& stream = streams_[descriptor];
  const uint64_t turn = shard_.engine().tick() / kPhasesPerFrame;
  const auto since = static_cast<uint32_t>(turn - stream.turn);
  if (stream.has_begun) {
    EXPECT_EQ(packet.header.sequence, static_cast<uint16_t>(stream.sequence + 1));
    EXPECT_EQ(packet.header.timestamp, stream.timestamp + since * stream.units);
  }
  EXPECT_EQ(packet.header.marker, !stream.has_begun || since > 1);
  const auto party = std::ranges::find_if(
      parties_, [&](const auto& each) { return each->caller.descriptor() == descriptor; });
  ASSERT_NE(party, parties_.end());
  stream = {.has_begun = true,
            .sequence = packet.header.sequence,
            .timestamp = packet.header.timestamp,
            .units = FrameSamples(ClockRateHz((*party)->caller.format())),
            .turn = turn};
}

double SharingRoom::SnrDb(size_t of, size_t turn) const {
  const Samples& reference = parties_[2]->real.heard();
  const Samples& heard = parties_[of]->real.heard();
  double power = 1e-9;
  double error = 1e-9;
  for (size_t i = turn * kFrame; i < (turn + 1) * kFrame; ++i) {
    const double difference = reference[i] - heard[i];
    power += static_cast<double>(reference[i]) * reference[i];
    error += difference * difference;
  }
  return 10 * std::log10(power / error);
}

}  // namespace parley::testing
