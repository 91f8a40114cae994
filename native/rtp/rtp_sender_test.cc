#include "rtp/rtp_sender.h"

#include <gtest/gtest.h>

#include <array>

#include "rtp/rtp_packet.h"

namespace parley {
namespace {

constexpr std::array<uint8_t, 160> kPayload = {1, 2, 3};

RtpHeader Send(RtpSender& sender) {
  std::array<uint8_t, 200> out;
  const size_t bytes = sender.WritePacket(kPayload, 160, out);
  const auto packet = ParseRtpPacket(std::span(out).first(bytes));
  EXPECT_TRUE(packet);
  EXPECT_EQ(packet->payload.size(), kPayload.size());
  return packet->header;
}

TEST(RtpSender, StartsAsToldAndCountsOnThroughWraps) {
  RtpSender sender(
      {.ssrc = 77, .first_sequence = 0xffff, .first_timestamp = 0xffff'ff80, .payload_type = 8});
  const RtpHeader first = Send(sender);
  EXPECT_EQ(first.ssrc, 77U);
  EXPECT_EQ(first.payload_type, 8);
  EXPECT_EQ(first.sequence, 0xffff);
  EXPECT_EQ(first.timestamp, 0xffff'ff80U);
  const RtpHeader second = Send(sender);
  EXPECT_EQ(second.sequence, 0);
  EXPECT_EQ(second.timestamp, 0x20U);
  EXPECT_EQ(sender.timestamp(), 0xc0U);
}

TEST(RtpSender, MarksTheStartAndEveryEndOfSilence) {
  RtpSender sender({.ssrc = 1, .first_sequence = 5, .first_timestamp = 0, .payload_type = 0});
  EXPECT_TRUE(Send(sender).marker);
  EXPECT_FALSE(Send(sender).marker);
  sender.Skip(160);
  sender.Skip(160);
  const RtpHeader after = Send(sender);
  EXPECT_TRUE(after.marker);
  EXPECT_EQ(after.sequence, 7);
  EXPECT_EQ(after.timestamp, 4U * 160U);
  EXPECT_FALSE(Send(sender).marker);
}

TEST(RtpSender, SubstitutesUnderATimestampOfItsOwn) {
  RtpSender sender({.ssrc = 1, .first_sequence = 5, .first_timestamp = 1000, .payload_type = 0});
  Send(sender);
  std::array<uint8_t, 16> out;
  const std::array<uint8_t, 4> event = {5, 10, 0, 160};
  const size_t bytes = sender.WriteSubstitute(
      {.payload_type = 101, .timestamp = 900, .marker = true}, event, 160, out);
  const auto packet = ParseRtpPacket(std::span(out).first(bytes));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header.payload_type, 101);
  EXPECT_EQ(packet->header.sequence, 6);
  EXPECT_EQ(packet->header.timestamp, 900U);
  EXPECT_TRUE(packet->header.marker);
  EXPECT_EQ(packet->payload.size(), 4U);
  const RtpHeader next = Send(sender);
  EXPECT_EQ(next.sequence, 7);
  EXPECT_EQ(next.timestamp, 1000U + 2U * 160U);
  EXPECT_FALSE(next.marker);
  EXPECT_EQ(sender.packets(), 3U);
}

TEST(RtpSender, GoesOnUnderAnotherName) {
  RtpSender sender({.ssrc = 1, .first_sequence = 5, .first_timestamp = 0, .payload_type = 0});
  Send(sender);
  sender.Rename(2);
  EXPECT_EQ(sender.packets(), 0U);
  const RtpHeader header = Send(sender);
  EXPECT_EQ(header.ssrc, 2U);
  EXPECT_EQ(header.sequence, 6);
  EXPECT_EQ(header.timestamp, 160U);
  EXPECT_TRUE(header.marker);
  EXPECT_EQ(sender.packets(), 1U);
}

TEST(RtpSender, CountsPacketsAndPayloadOctets) {
  RtpSender sender({});
  Send(sender);
  Send(sender);
  sender.Skip(160);
  EXPECT_EQ(sender.packets(), 2U);
  EXPECT_EQ(sender.octets(), 320U);
}

TEST(RtpSender, ChangesNothingWhenThePacketDoesNotFit) {
  RtpSender sender({.ssrc = 1, .first_sequence = 9, .first_timestamp = 30, .payload_type = 0});
  std::array<uint8_t, 171> small;
  EXPECT_EQ(sender.WritePacket(kPayload, 160, small), 0U);
  EXPECT_EQ(sender.packets(), 0U);
  const RtpHeader header = Send(sender);
  EXPECT_EQ(header.sequence, 9);
  EXPECT_EQ(header.timestamp, 30U);
  EXPECT_TRUE(header.marker);
}

}  // namespace
}  // namespace parley
