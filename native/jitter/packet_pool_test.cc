#include "jitter/packet_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "testing/allocation_trap.h"

namespace parley {
namespace {

std::vector<uint8_t> Payload(size_t bytes, uint32_t seed) {
  std::vector<uint8_t> payload(bytes);
  for (size_t i = 0; i < bytes; ++i) payload[i] = static_cast<uint8_t>(seed * 31 + i * 7);
  return payload;
}

bool Holds(PacketPool& pool, uint32_t handle, const std::vector<uint8_t>& payload) {
  return std::ranges::equal(pool.View(handle, payload.size()), payload);
}

TEST(PacketPool, GivesBackEverySizeAsItWasStored) {
  PacketPool pool(kChunksPerPayloadMax);
  for (size_t bytes = 1; bytes <= kPayloadBytesMax; ++bytes) {
    const std::vector<uint8_t> payload = Payload(bytes, 1);
    const uint32_t handle = pool.Store(payload);
    ASSERT_NE(handle, PacketPool::kNone) << bytes;
    ASSERT_TRUE(Holds(pool, handle, payload)) << bytes;
    pool.Release(handle, payload.size());
    ASSERT_EQ(pool.chunks_free(), kChunksPerPayloadMax);
  }
}

TEST(PacketPool, RefusesNothingAndTooMuch) {
  PacketPool pool(100);
  EXPECT_EQ(pool.Store({}), PacketPool::kNone);
  EXPECT_EQ(pool.Store(Payload(kPayloadBytesMax + 1, 1)), PacketPool::kNone);
  EXPECT_EQ(pool.chunks_free(), 100U);
}

TEST(PacketPool, RefusesWhenFullAndLosesNothingByIt) {
  PacketPool pool(3);
  const std::vector<uint8_t> first = Payload(2 * kPayloadChunkBytes, 1);
  const std::vector<uint8_t> last = Payload(10, 2);
  const uint32_t first_handle = pool.Store(first);
  EXPECT_EQ(pool.Store(first), PacketPool::kNone);
  const uint32_t last_handle = pool.Store(last);
  ASSERT_NE(last_handle, PacketPool::kNone);
  EXPECT_EQ(pool.Store(last), PacketPool::kNone);
  EXPECT_TRUE(Holds(pool, first_handle, first));
  EXPECT_TRUE(Holds(pool, last_handle, last));
}

TEST(PacketPool, KeepsPayloadsApartUnderRandomUse) {
  struct Stored {
    uint32_t handle;
    std::vector<uint8_t> payload;
  };
  PacketPool pool(64);
  std::vector<Stored> stored;
  std::mt19937 random(11);
  for (uint32_t round = 0; round < 5'000; ++round) {
    if (random() % 2 == 0) {
      std::vector<uint8_t> payload = Payload(1 + random() % 900, round);
      const uint32_t handle = pool.Store(payload);
      if (handle != PacketPool::kNone) stored.push_back({handle, std::move(payload)});
    } else if (!stored.empty()) {
      const auto chosen = stored.begin() + static_cast<int64_t>(random() % stored.size());
      ASSERT_TRUE(Holds(pool, chosen->handle, chosen->payload));
      pool.Release(chosen->handle, chosen->payload.size());
      stored.erase(chosen);
    }
  }
  for (const Stored& rest : stored) pool.Release(rest.handle, rest.payload.size());
  EXPECT_EQ(pool.chunks_free(), 64U);
}

TEST(PacketPool, AViewStaysReadableAfterItsRelease) {
  PacketPool pool(8);
  const std::vector<uint8_t> payload = Payload(300, 3);
  const uint32_t handle = pool.Store(payload);
  const std::span<const uint8_t> view = pool.View(handle, payload.size());
  pool.Release(handle, payload.size());
  EXPECT_TRUE(std::ranges::equal(view, payload));
}

TEST(PacketPool, AllocatesOnlyWhenMade) {
  PacketPool pool(16);
  const std::vector<uint8_t> payload = Payload(1000, 4);
  const testing::AllocationTrap trap;
  const uint32_t handle = pool.Store(payload);
  pool.View(handle, payload.size());
  pool.Release(handle, payload.size());
  EXPECT_EQ(trap.allocations() + trap.frees(), 0U);
}

}  // namespace
}  // namespace parley
