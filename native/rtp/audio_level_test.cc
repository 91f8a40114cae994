#include "rtp/audio_level.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "testing/allocation_trap.h"

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint16_t kOneByte = 0xbede;
constexpr uint16_t kTwoByte = 0x1000;

std::optional<ClientLevel> Read(uint16_t profile, const Bytes& extension, uint8_t id) {
  RtpPacketView packet;
  packet.extension_profile = profile;
  packet.extension = extension;
  return ReadClientLevel(packet, id);
}

constexpr ClientLevel kVoiceAt30{.voice = true, .level_dbov = 30};
constexpr ClientLevel kQuietAt127{.voice = false, .level_dbov = 127};

struct Case {
  const char* what;
  uint16_t profile;
  Bytes extension;
  uint8_t id;
  std::optional<ClientLevel> level;
};

TEST(AudioLevel, ReadsEitherForm) {
  const std::vector<Case> cases = {
      {"one byte", kOneByte, {0x10, 0x9e, 0, 0}, 1, kVoiceAt30},
      {"one byte, silence", kOneByte, {0xe0, 0x7f, 0, 0}, 14, kQuietAt127},
      {"one byte, behind another", kOneByte, {0x32, 1, 2, 3, 0x10, 0x9e, 0, 0}, 1, kVoiceAt30},
      {"one byte, behind padding", kOneByte, {0, 0, 0x10, 0x9e}, 1, kVoiceAt30},
      {"one byte, behind 16 bytes",
       kOneByte,
       {0x3f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0x10, 0x9e, 0},
       1,
       kVoiceAt30},
      {"the first of two", kOneByte, {0x10, 0x9e, 0x10, 0x7f}, 1, kVoiceAt30},
      {"two bytes", kTwoByte, {1, 1, 0x9e, 0}, 1, kVoiceAt30},
      {"two bytes, application bits", kTwoByte | 0x0f, {1, 1, 0x9e, 0}, 1, kVoiceAt30},
      {"two bytes, a high id", kTwoByte, {255, 1, 0x7f, 0}, 255, kQuietAt127},
      {"two bytes, behind an empty one", kTwoByte, {7, 0, 1, 1, 0x9e, 0, 0, 0}, 1, kVoiceAt30},
      {"two bytes, behind padding", kTwoByte, {0, 1, 1, 0x9e}, 1, kVoiceAt30},
      {"two bytes, id 15 is like others", kTwoByte, {15, 1, 3, 1, 1, 0x9e, 0, 0}, 1, kVoiceAt30},
      {"another id", kOneByte, {0x20, 0x9e, 0, 0}, 1, std::nullopt},
      {"no extension", kOneByte, {}, 1, std::nullopt},
      {"padding alone", kOneByte, {0, 0, 0, 0}, 1, std::nullopt},
      {"another profile", 0xbedf, {0x10, 0x9e, 0, 0}, 1, std::nullopt},
      {"one byte, beyond the end", kOneByte, {0x11, 0x9e}, 1, std::nullopt},
      {"one byte, behind one beyond the end", kOneByte, {0x24, 0x9e, 0x10, 0x9e}, 1, std::nullopt},
      {"one byte, behind the stop", kOneByte, {0xf0, 1, 0x10, 0x9e}, 1, std::nullopt},
      {"one byte, behind padding of a length", kOneByte, {0x01, 1, 2, 0x10, 0x9e}, 1, std::nullopt},
      {"one byte, the stop itself", kOneByte, {0xf0, 0x9e, 0, 0}, 15, std::nullopt},
      {"padding is no element", kOneByte, {0, 0x9e, 0, 0}, 0, std::nullopt},
      {"two bytes, without a length", kTwoByte, {0, 0, 0, 1}, 1, std::nullopt},
      {"two bytes, beyond the end", kTwoByte, {1, 3, 0x9e, 0}, 1, std::nullopt},
      {"two bytes, empty", kTwoByte, {1, 0, 0, 0}, 1, std::nullopt},
  };
  for (const Case& it : cases)
    EXPECT_EQ(Read(it.profile, it.extension, it.id), it.level) << it.what;
}

TEST(AudioLevel, ReadsFromAWholePacket) {
  const Bytes datagram = {0x90, 0x6f, 0, 1, 0,    0,    0, 2, 0, 0, 0, 3,  // header
                          0xbe, 0xde, 0, 1, 0x10, 0x9e, 0, 0,              // extension
                          42};
  EXPECT_EQ(ReadClientLevel(*ParseRtpPacket(datagram), 1), kVoiceAt30);
}

TEST(AudioLevel, ReadsAnyBytesWithoutLeavingThem) {
  std::mt19937 random(5);
  uint32_t found = 0;
  for (int round = 0; round < 50'000; ++round) {
    Bytes bytes(random() % 40);
    for (uint8_t& byte : bytes)
      byte = static_cast<uint8_t>(random() % 4 == 0 ? random() : random() & 0x33);
    const auto profile = static_cast<uint16_t>(round % 2 == 0 ? kOneByte : kTwoByte);
    const auto data = FindHeaderExtension(profile, bytes, static_cast<uint8_t>(1 + random() % 3));
    if (!data) continue;
    ++found;
    ASSERT_TRUE(data->empty() || (data->data() > bytes.data() &&
                                  data->data() + data->size() <= bytes.data() + bytes.size()));
  }
  EXPECT_GT(found, 1000U);
}

TEST(AudioLevel, WritesMixerLevelsInOneByteForm) {
  std::array<uint8_t, kMixerLevelsBytesMax> out;
  out.fill(0xee);
  ASSERT_EQ(WriteMixerLevels(3, Bytes{0, 127, 45}, out), 8U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 9), (Bytes{0xbe, 0xde, 0, 1, 0x32, 0, 127, 45, 0xee}));
  ASSERT_EQ(WriteMixerLevels(14, Bytes{7}, out), 8U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 8), (Bytes{0xbe, 0xde, 0, 1, 0xe0, 7, 0, 0}));
}

TEST(AudioLevel, WritesMixerLevelsInTwoByteForm) {
  std::array<uint8_t, kMixerLevelsBytesMax> out;
  ASSERT_EQ(WriteMixerLevels(15, Bytes{1, 2, 3}, out), 12U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 12), (Bytes{0x10, 0, 0, 2, 15, 3, 1, 2, 3, 0, 0, 0}));
}

TEST(AudioLevel, WritesNothingForNobody) {
  std::array<uint8_t, kMixerLevelsBytesMax> out;
  EXPECT_EQ(WriteMixerLevels(1, {}, out), 0U);
}

TEST(AudioLevel, ReadsWhatItWritesForAnyNumberOfTalkers) {
  for (const uint8_t id : Bytes{1, 14, 15, 255}) {
    for (size_t count = 1; count <= kRtpCsrcsMax; ++count) {
      Bytes levels(count);
      for (size_t i = 0; i < count; ++i) levels[i] = static_cast<uint8_t>(i * 9);
      std::array<uint8_t, kMixerLevelsBytesMax> out;
      const testing::AllocationTrap trap;
      const size_t bytes = WriteMixerLevels(id, levels, out);
      EXPECT_EQ(trap.allocations(), 0U);
      // Inside a packet, as others read it.
      Bytes datagram = {0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
      datagram.insert(datagram.end(), out.begin(),
                      out.begin() + static_cast<std::ptrdiff_t>(bytes));
      datagram.push_back(42);
      const auto packet = ParseRtpPacket(datagram);
      ASSERT_TRUE(packet);
      ASSERT_EQ(packet->payload.size(), 1U);
      const auto data = FindHeaderExtension(packet->extension_profile, packet->extension, id);
      ASSERT_TRUE(data);
      EXPECT_EQ(Bytes(data->begin(), data->end()), levels);
    }
  }
}

}  // namespace
}  // namespace parley
