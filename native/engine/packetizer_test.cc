#include "engine/packetizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley {
namespace {

using layout::Codec;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr CodecFormat kOpus = {Codec::kOpus, 48000};

TEST(Packetizer, MakesWhatFitsAPacket) {
  for (const uint32_t ptime_ms : {10u, 20u, 40u, 60u}) {
    EXPECT_TRUE(Packetizer::CanMake(kPcmu, ptime_ms));
    EXPECT_TRUE(Packetizer::CanMake({Codec::kG722, 16000}, ptime_ms));
    EXPECT_EQ(Packetizer::CanMake(kOpus, ptime_ms), ptime_ms == 20);
  }
  EXPECT_TRUE(Packetizer::CanMake({Codec::kL16, 16000}, 40));
  EXPECT_FALSE(Packetizer::CanMake({Codec::kL16, 16000}, 60));
  EXPECT_FALSE(Packetizer::CanMake({Codec::kL16, 48000}, 40));
  for (const uint32_t ptime_ms : {0u, 5u, 30u, 80u, UINT32_MAX}) {
    EXPECT_FALSE(Packetizer::CanMake(kPcmu, ptime_ms));
  }
}

TEST(Packetizer, CutsFramesThatNoPacketHolds) {
  const auto packets = [](const CodecFormat& format, uint32_t ptime_ms) {
    return Packetizer(format, ptime_ms).packets_per_frame();
  };
  EXPECT_EQ(packets(kPcmu, 20), 1u);
  EXPECT_EQ(packets(kPcmu, 10), 2u);
  EXPECT_EQ(packets(kOpus, 20), 1u);
  EXPECT_EQ(packets({Codec::kL16, 24000}, 20), 1u);
  EXPECT_EQ(packets({Codec::kL16, 44100}, 20), 2u);
  EXPECT_EQ(packets({Codec::kL16, 48000}, 20), 2u);
  EXPECT_EQ(packets({Codec::kL16, 44100, 2}, 20), 3u);
  EXPECT_EQ(packets({Codec::kL16, 48000, 2}, 10), 3u);
}

TEST(Packetizer, JoinsFramesInTheirOrder) {
  Packetizer packetizer(kPcmu, 60);
  ASSERT_TRUE(packetizer.joins());
  EXPECT_EQ(packetizer.frames_per_packet(), 3u);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(packetizer.Join(std::vector<uint8_t>(160, 1)).empty());
    EXPECT_TRUE(packetizer.Join(std::vector<uint8_t>(160, 2)).empty());
    EXPECT_EQ(packetizer.frames_waiting(), 2u);
    const std::span<uint8_t> packet = packetizer.Join(std::vector<uint8_t>(160, 3));
    EXPECT_EQ(packetizer.frames_waiting(), 0u);
    ASSERT_EQ(packet.size(), kRtpHeaderBytes + 480);
    const auto payload = packet.subspan(kRtpHeaderBytes);
    EXPECT_EQ(std::ranges::count(payload.first(160), 1), 160);
    EXPECT_EQ(std::ranges::count(payload.last(160), 3), 160);
  }
}

TEST(Packetizer, ForgetsWhatWaits) {
  Packetizer packetizer(kPcmu, 40);
  EXPECT_TRUE(packetizer.Join(std::vector<uint8_t>(160, 1)).empty());
  packetizer.Clear();
  EXPECT_TRUE(packetizer.Join(std::vector<uint8_t>(160, 2)).empty());
  EXPECT_EQ(packetizer.Join(std::vector<uint8_t>(160, 3))[kRtpHeaderBytes], 2);
}

}  // namespace
}  // namespace parley
