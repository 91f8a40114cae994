#include "rtp/redundancy.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "testing/allocation_trap.h"

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kTimestamp = 100;  // so that offsets reach around zero

struct Block {
  uint8_t payload_type;
  uint32_t offset;
  Bytes payload;
};

// As a sender writes it: headers, then payloads, the primary last (RFC 2198 3).
Bytes Payload(const std::vector<Block>& redundant, uint8_t primary_type, const Bytes& primary) {
  Bytes bytes;
  for (const Block& block : redundant) {
    const auto size = static_cast<uint32_t>(block.payload.size());
    bytes.push_back(static_cast<uint8_t>(0x80 | block.payload_type));
    bytes.push_back(static_cast<uint8_t>(block.offset >> 6));
    bytes.push_back(static_cast<uint8_t>((block.offset & 0x3f) << 2 | size >> 8));
    bytes.push_back(static_cast<uint8_t>(size & 0xff));
  }
  bytes.push_back(primary_type);
  for (const Block& block : redundant) {
    bytes.insert(bytes.end(), block.payload.begin(), block.payload.end());
  }
  bytes.insert(bytes.end(), primary.begin(), primary.end());
  return bytes;
}

Bytes Copy(std::span<const uint8_t> from) { return {from.begin(), from.end()}; }

TEST(Redundancy, ReadsThePrimaryAlone) {
  const Bytes bytes = {0x6f, 1, 2, 3};
  const auto view = ParseRedundancy(kTimestamp, bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->redundant_count, 0U);
  EXPECT_EQ(view->primary.payload_type, 111);
  EXPECT_EQ(view->primary.timestamp, kTimestamp);
  EXPECT_EQ(Copy(view->primary.payload), (Bytes{1, 2, 3}));
}

TEST(Redundancy, ReadsOneBlockByteByByte) {
  // Type 5, offset 160, three bytes; then the primary of type 0.
  const Bytes bytes = {0x85, 0x02, 0x80, 0x03, 0x00, 7, 8, 9, 1, 2};
  const auto view = ParseRedundancy(kTimestamp, bytes);
  ASSERT_TRUE(view);
  ASSERT_EQ(view->redundant_count, 1U);
  EXPECT_EQ(view->redundant[0].payload_type, 5);
  EXPECT_EQ(view->redundant[0].timestamp, kTimestamp - 160);
  EXPECT_EQ(Copy(view->redundant[0].payload), (Bytes{7, 8, 9}));
  EXPECT_EQ(view->primary.payload_type, 0);
  EXPECT_EQ(Copy(view->primary.payload), (Bytes{1, 2}));
}

TEST(Redundancy, KeepsTheTwoNewestInOrder) {
  const Bytes bytes =
      Payload({{0, 640, {4}}, {0, 480, {3}}, {8, 320, {2, 2}}, {9, 160, {1}}}, 127, {});
  const auto view = ParseRedundancy(kTimestamp, bytes);
  ASSERT_TRUE(view);
  ASSERT_EQ(view->redundant_count, 2U);
  EXPECT_EQ(view->redundant[0].payload_type, 8);
  EXPECT_EQ(view->redundant[0].timestamp, kTimestamp - 320);
  EXPECT_EQ(Copy(view->redundant[0].payload), (Bytes{2, 2}));
  EXPECT_EQ(view->redundant[1].payload_type, 9);
  EXPECT_EQ(view->redundant[1].timestamp, kTimestamp - 160);
  EXPECT_EQ(Copy(view->redundant[1].payload), (Bytes{1}));
  EXPECT_EQ(view->primary.payload_type, 127);
  EXPECT_TRUE(view->primary.payload.empty());
}

TEST(Redundancy, StepsOverEmptyBlocks) {
  const Bytes bytes = Payload({{0, 480, {3}}, {0, 320, {}}, {0, 160, {1}}}, 0, {9});
  const auto view = ParseRedundancy(kTimestamp, bytes);
  ASSERT_TRUE(view);
  ASSERT_EQ(view->redundant_count, 2U);
  EXPECT_EQ(Copy(view->redundant[0].payload), (Bytes{3}));
  EXPECT_EQ(Copy(view->redundant[1].payload), (Bytes{1}));
  EXPECT_EQ(Copy(view->primary.payload), (Bytes{9}));
}

TEST(Redundancy, TakesTheLargestBlockAndOffset) {
  const Bytes bytes = Payload({{0, 16383, Bytes(1023, 5)}}, 0, {6});
  const auto view = ParseRedundancy(kTimestamp, bytes);
  ASSERT_TRUE(view);
  ASSERT_EQ(view->redundant_count, 1U);
  EXPECT_EQ(view->redundant[0].timestamp, kTimestamp - 16383);
  EXPECT_EQ(Copy(view->redundant[0].payload), Bytes(1023, 5));
  EXPECT_EQ(Copy(view->primary.payload), (Bytes{6}));
}

TEST(Redundancy, RefusesWhatEndsTooEarly) {
  const Bytes whole = Payload({{0, 320, {4, 5}}, {0, 160, {1, 2, 3}}}, 0, {});
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(ParseRedundancy(
        kTimestamp, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes))))
        << bytes;
  }
  EXPECT_TRUE(ParseRedundancy(kTimestamp, whole));
  EXPECT_FALSE(ParseRedundancy(kTimestamp, Bytes(400, 0xff)));
}

TEST(Redundancy, ReadsAnyBytesWithoutLeavingThem) {
  std::mt19937 random(5);
  uint32_t read = 0;
  for (int round = 0; round < 50'000; ++round) {
    // Exact size on the heap, so that sanitizers see a read beyond it.
    Bytes bytes(random() % 60);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    // Short lengths get further.
    for (size_t at = 2; at < bytes.size(); at += 4) bytes[at] &= 0xfc;
    for (size_t at = 3; at < bytes.size(); at += 4) bytes[at] &= 0x0f;
    const testing::AllocationTrap trap;
    const auto view = ParseRedundancy(kTimestamp, bytes);
    EXPECT_EQ(trap.allocations(), 0U);
    if (!view) continue;
    ++read;
    size_t total = view->primary.payload.size();
    int sum = 0;
    for (const uint8_t byte : view->primary.payload) sum += byte;
    for (size_t i = 0; i < view->redundant_count; ++i) {
      total += view->redundant[i].payload.size();
      for (const uint8_t byte : view->redundant[i].payload) sum += byte;
    }
    ASSERT_LT(total, bytes.size());
    ASSERT_GE(sum, 0);
  }
  EXPECT_GT(read, 1000U);
}

}  // namespace
}  // namespace parley
