#include "codecs/recent_packets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kWanted = 80;

std::vector<Bytes> In(const RecentPackets& recent) {
  std::vector<Bytes> packets;
  recent.Each([&](std::span<const uint8_t> payload) {
    packets.emplace_back(payload.begin(), payload.end());
  });
  return packets;
}

TEST(RecentPackets, AreThoseThatTheWantedSamplesTake) {
  RecentPackets recent;
  std::vector<Bytes> all;
  for (uint8_t number = 0; number < 20; ++number) {
    all.emplace_back(number % 5 + 1, number);
    recent.Add(all.back(), 20, kWanted);
    EXPECT_EQ(recent.samples(), std::min<size_t>(kWanted, 20 * all.size()));
  }
  EXPECT_EQ(In(recent), std::vector<Bytes>(all.end() - 4, all.end()));
  // One behind the other as far as they are needed: of 60, 20 and 20.
  recent.Add(Bytes{1}, 60, kWanted);
  EXPECT_EQ(In(recent), (std::vector<Bytes>{all.back(), {1}}));
  recent.Add(Bytes{2}, 120, kWanted);
  EXPECT_EQ(In(recent), std::vector<Bytes>{{2}});
  EXPECT_EQ(recent.samples(), 120u);
  recent.Clear();
  EXPECT_EQ(recent.samples(), 0u);
  EXPECT_TRUE(In(recent).empty());
}

TEST(RecentPackets, AreAsManyAsThereIsRoomFor) {
  RecentPackets recent;
  for (uint8_t number = 0; number < 4; ++number) recent.Add(Bytes(700, number), 20, kWanted);
  EXPECT_EQ(In(recent), (std::vector<Bytes>{Bytes(700, 2), Bytes(700, 3)}));
  EXPECT_EQ(recent.samples(), 40u);
  recent.Add(Bytes(RecentPackets::kBytesMax, 9), 20, kWanted);
  EXPECT_EQ(recent.samples(), 20u);
  recent.Add(Bytes(RecentPackets::kBytesMax + 1, 9), 20, kWanted);
  EXPECT_TRUE(In(recent).empty());
  for (size_t number = 0; number < RecentPackets::kPacketsMax + 3; ++number) {
    recent.Add(Bytes(3, static_cast<uint8_t>(number)), 1, kWanted);
  }
  EXPECT_EQ(In(recent).size(), RecentPackets::kPacketsMax);
  EXPECT_EQ(In(recent).front(), Bytes(3, 3));
  EXPECT_EQ(recent.samples(), RecentPackets::kPacketsMax);
}

}  // namespace
}  // namespace parley
