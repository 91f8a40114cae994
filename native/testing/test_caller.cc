#include "testing/test_caller.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/units.h"
#include "rtp/rtp_packet.h"

namespace parley::testing {

size_t TestCaller::frame_samples() const { return FrameSamples(format_.rate_hz); }

std::vector<uint8_t> TestCaller::Encode(std::span<const int16_t> frame) const {
  std::vector<uint8_t> payload(PayloadBytes(format_, frame.size()));
  EXPECT_EQ(EncodeFrame(format_, frame, payload), payload.size());
  return payload;
}

void TestCaller::Decode(std::span<const uint8_t> payload) {
  EXPECT_EQ(PayloadSamples(format_, payload.size()), frame_samples());
  const size_t end = heard_.size();
  heard_.resize(end + frame_samples());
  DecodeFrame(format_, payload, std::span(heard_).subspan(end));
}

RtpCaller::RtpCaller(LegRef leg, const CodecFormat& format, uint8_t payload_type)
    : TestCaller(leg, format),
      descriptor_(100 + static_cast<int>(leg.slot)),
      address_{.bytes = {192, 0, 2, static_cast<uint8_t>(leg.slot)},
               .port = static_cast<uint16_t>(4'000 + leg.slot),
               .family = 4},
      payload_type_(payload_type) {}

layout::OpenLeg RtpCaller::OpenLeg() const {
  return RtpLeg(leg(), format().codec, format().rate_hz, payload_type_, descriptor_, address_);
}

std::vector<uint8_t> RtpCaller::NextPacket(std::span<const int16_t> frame) {
  const std::vector<uint8_t> payload = Encode(frame);
  std::vector<uint8_t> packet(kRtpHeaderBytes + payload.size());
  const RtpHeader header = {.payload_type = payload_type_,
                            .sequence = sequence_++,
                            .timestamp = timestamp_,
                            .ssrc = 0x1000 + leg().slot};
  timestamp_ += static_cast<uint32_t>(frame.size());
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
  shard.port().Deliver(descriptor_, address_, NextPacket(frame), shard.now_ns());
}

void RtpCaller::Hear(TestShard&, const std::vector<FakePort::Sent>& sent) {
  for (const FakePort::Sent& datagram : sent) {
    if (datagram.descriptor != descriptor_) continue;
    if (ClassifyDatagram(datagram.bytes) != DatagramKind::kRtp) continue;
    const std::optional<RtpPacketView> packet = ParseRtpPacket(datagram.bytes);
    ASSERT_TRUE(packet.has_value());
    EXPECT_EQ(packet->header.payload_type, payload_type_);
    EXPECT_EQ(packet->header.marker, !has_heard_);
    if (has_heard_) {
      EXPECT_EQ(packet->header.sequence, next_sequence_);
      EXPECT_EQ(packet->header.timestamp, next_timestamp_);
    }
    has_heard_ = true;
    next_sequence_ = static_cast<uint16_t>(packet->header.sequence + 1);
    next_timestamp_ = packet->header.timestamp + static_cast<uint32_t>(frame_samples());
    Decode(packet->payload);
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
