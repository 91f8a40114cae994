#include "testing/test_caller.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/units.h"
#include "rtp/rtp_packet.h"

namespace parley::testing {
namespace {

// With the headers of UDP and IPv6 an Ethernet frame.
constexpr size_t kUdpBytesMax = 1'452;

// Enough for many tones at once, which are harder to code than speech.
constexpr uint32_t kOpusBitrateBps = 128'000;

}  // namespace

size_t TestCaller::frame_samples() const { return FrameSamples(format_.rate_hz); }

TestCaller::TestCaller(LegRef leg, const CodecFormat& format)
    : leg_(leg),
      format_(format),
      opus_(format.codec == layout::Codec::kOpus ? std::make_shared<OpusEnds>() : nullptr),
      decoder_({{{.payload_type = 0, .format = format}}},
               opus_ == nullptr ? nullptr : &opus_->decoder) {
  SetEncoder(format);
}

void TestCaller::SetEncoder(const CodecFormat& format) {
  const bool is_opus = format.codec == layout::Codec::kOpus;
  encoder_.Open(format, is_opus ? &opus_->encoder : nullptr,
                {.rate_hz = format.rate_hz, .bitrate_bps = kOpusBitrateBps});
}

std::vector<uint8_t> TestCaller::Encode(std::span<const int16_t> frame) {
  std::vector<uint8_t> payload(PayloadBytes(encoder_.format(), frame.size()));
  payload.resize(encoder_.Encode(frame, payload));
  return payload;
}

size_t TestCaller::Decode(std::span<const uint8_t> payload) {
  const size_t samples = decoder_.Samples(0, payload);
  EXPECT_GT(samples, 0u);
  const size_t end = heard_.size();
  heard_.resize(end + samples);
  decoder_.Decode(0, payload, std::span(heard_).subspan(end));
  return samples;
}

RtpCaller::RtpCaller(LegRef leg, const CodecFormat& format, uint8_t payload_type)
    : TestCaller(leg, format),
      descriptor_(100 + static_cast<int>(leg.slot)),
      address_{.bytes = {192, 0, 2, static_cast<uint8_t>(leg.slot)},
               .port = static_cast<uint16_t>(4'000 + leg.slot),
               .family = 4},
      payload_type_(payload_type),
      spoken_(format),
      spoken_payload_type_(payload_type) {}

void RtpCaller::SpeakAs(const CodecFormat& format, uint8_t payload_type) {
  SetEncoder(format);
  spoken_ = format;
  spoken_payload_type_ = payload_type;
}

layout::OpenLeg RtpCaller::OpenLeg() const {
  layout::OpenLeg command =
      RtpLeg(leg(), format().codec, format().rate_hz, payload_type_, descriptor_, address_);
  command.channels = static_cast<uint8_t>(format().channels);
  command.opus_bitrate_bps = kOpusBitrateBps;
  return command;
}

std::vector<uint8_t> RtpCaller::NextPacket(std::span<const int16_t> frame) {
  const std::vector<uint8_t> payload = Encode(frame);
  std::vector<uint8_t> packet(kRtpHeaderBytes + payload.size());
  const RtpHeader header = {.payload_type = spoken_payload_type_,
                            .sequence = sequence_++,
                            .timestamp = timestamp_,
                            .ssrc = 0x1000 + leg().slot};
  timestamp_ += static_cast<uint32_t>(frame.size() * ClockRateHz(spoken_) / spoken_.rate_hz);
  EXPECT_EQ(WriteRtpPacket(header, {}, payload, packet), packet.size());
  return packet;
}

std::vector<uint8_t> RtpCaller::NextOther(uint8_t payload_type, uint32_t timestamp,
                                          std::span<const uint8_t> payload) {
  std::vector<uint8_t> packet(kRtpHeaderBytes + payload.size());
  const RtpHeader header = {.payload_type = payload_type,
                            .sequence = sequence_++,
                            .timestamp = timestamp,
                            .ssrc = 0x1000 + leg().slot};
  EXPECT_EQ(WriteRtpPacket(header, {}, payload, packet), packet.size());
  return packet;
}

void RtpCaller::Send(TestShard& shard, std::span<const int16_t> frame) {
  // As many packets as it takes for each to fit an Ethernet frame.
  const size_t bytes = PayloadBytes(spoken_, frame.size());
  const size_t packets =
      (bytes + kUdpBytesMax - kRtpHeaderBytes - 1) / (kUdpBytesMax - kRtpHeaderBytes);
  for (size_t packet = 0; packet < packets; ++packet) {
    const size_t samples = frame.size() / packets;
    shard.port().Deliver(descriptor_, address_,
                         NextPacket(frame.subspan(packet * samples, samples)), shard.now_ns());
  }
}

void RtpCaller::Hear(TestShard&, const std::vector<FakePort::Sent>& sent) {
  for (const FakePort::Sent& datagram : sent) {
    if (datagram.descriptor != descriptor_) continue;
    if (ClassifyDatagram(datagram.bytes) != DatagramKind::kRtp) continue;
    const std::optional<RtpPacketView> packet = ParseRtpPacket(datagram.bytes);
    ASSERT_TRUE(packet.has_value());
    EXPECT_EQ(packet->header.payload_type, payload_type_);
    EXPECT_EQ(packet->header.marker, !has_heard_ && !is_from_the_middle_);
    if (has_heard_) {
      EXPECT_EQ(packet->header.sequence, next_sequence_);
      EXPECT_EQ(packet->header.timestamp, next_timestamp_);
    }
    has_heard_ = true;
    next_sequence_ = static_cast<uint16_t>(packet->header.sequence + 1);
    EXPECT_LE(datagram.bytes.size(), kUdpBytesMax);
    const size_t samples = Decode(packet->payload);
    next_timestamp_ = packet->header.timestamp +
                      static_cast<uint32_t>(samples * ClockRateHz(format()) / format().rate_hz);
  }
}

layout::OpenLeg LaneCaller::OpenLeg() const {
  return LaneLeg(leg(), format().codec, format().rate_hz, leg().slot);
}

void LaneCaller::Send(TestShard& shard, std::span<const int16_t> frame) {
  EXPECT_TRUE(shard.WriteLane(leg().slot, Encode(frame)));
}

void LaneCaller::Hear(TestShard& shard, const std::vector<FakePort::Sent>&) {
  const size_t frame_bytes = PayloadBytes(format(), frame_samples());
  while (const auto frame = shard.ReadLane(leg().slot, frame_bytes)) Decode(*frame);
}

}  // namespace parley::testing
