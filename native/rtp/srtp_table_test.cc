#include "rtp/srtp_table.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <set>
#include <thread>

#include "engine/layout.generated.h"
#include "testing/allocation_trap.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

using testing::MakeSrtpSession;

constexpr SrtpSuite kSuite = SrtpSuite::kAeadAes128Gcm;

std::unique_ptr<SrtpSession> Session() { return MakeSrtpSession(kSuite, 1, 101); }

TEST(SrtpTable, GivesASessionOnce) {
  SrtpTable table(4);
  auto session = Session();
  SrtpSession* raw = session.get();
  const auto id = table.Add(std::move(session));
  ASSERT_TRUE(id);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.Take(*id), raw);
  EXPECT_EQ(table.Take(*id), nullptr);
  EXPECT_TRUE(table.Remove(*id));
  EXPECT_EQ(table.size(), 0u);
}

TEST(SrtpTable, GivesWhatIsOfferedAgainOnceMore) {
  SrtpTable table(4);
  const uint32_t id = *table.Add(Session());
  SrtpSession* const taken = table.Take(id);
  EXPECT_TRUE(table.Offer(id));
  EXPECT_EQ(table.Take(id), taken);
  EXPECT_EQ(table.Take(id), nullptr);
  EXPECT_TRUE(table.Remove(id));
  EXPECT_FALSE(table.Offer(id));
  EXPECT_EQ(table.Take(id), nullptr);
}

TEST(SrtpTable, KnowsNothingOfOtherNumbers) {
  SrtpTable table(4);
  const uint32_t id = *table.Add(Session());
  for (const uint32_t number :
       {uint32_t{0}, id + 1, id + 0x1'0000, id - 0x1'0000, 4u, 0xffffu, layout::kNone}) {
    EXPECT_EQ(table.Take(number), nullptr) << number;
    EXPECT_FALSE(table.Remove(number)) << number;
  }
  EXPECT_NE(table.Take(id), nullptr);
}

TEST(SrtpTable, ForgetsWhatWasRemoved) {
  SrtpTable table(1);
  const uint32_t first = *table.Add(Session());
  EXPECT_TRUE(table.Remove(first));
  EXPECT_FALSE(table.Remove(first));
  EXPECT_EQ(table.Take(first), nullptr);
  const uint32_t second = *table.Add(Session());
  EXPECT_NE(second, first);
  EXPECT_EQ(table.Take(first), nullptr);
  EXPECT_FALSE(table.Remove(first));
  EXPECT_NE(table.Take(second), nullptr);
}

TEST(SrtpTable, RefusesOneTooMany) {
  SrtpTable table(2);
  EXPECT_TRUE(table.Add(Session()));
  const auto second = table.Add(Session());
  EXPECT_FALSE(table.Add(Session()));
  table.Remove(*second);
  EXPECT_TRUE(table.Add(Session()));
}

TEST(SrtpTable, NeverRepeatsAnIdSoonNorMakesNone) {
  SrtpTable table(1);
  std::set<uint32_t> ids;
  for (int i = 0; i < 300; ++i) {
    const uint32_t id = *table.Add(Session());
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_NE(id, layout::kNone);
    table.Remove(id);
  }
}

TEST(SrtpTable, IsOneInTheProcess) {
  const uint32_t id = *SrtpTable::OfProcess().Add(Session());
  SrtpSession* taken = nullptr;
  std::thread([&] { taken = SrtpTable::OfProcess().Take(id); }).join();
  EXPECT_NE(taken, nullptr);
  EXPECT_TRUE(SrtpTable::OfProcess().Remove(id));
}

TEST(SrtpTable, TakesWithoutAllocating) {
  SrtpTable table(8);
  const uint32_t id = *table.Add(Session());
  const testing::AllocationTrap trap;
  SrtpSession* session = table.Take(id);
  EXPECT_EQ(trap.allocations() + trap.frees(), 0u);
  EXPECT_NE(session, nullptr);
}

// Ids go to an engine as in the command ring, relaxed: what makes the session visible must be the
// table itself. They come back as in the event ring.
TEST(SrtpTable, HandsSessionsToAnotherThreadAndBack) {
  constexpr int kRounds = 300;
  constexpr uint32_t kEmpty = layout::kNone;
  SrtpTable table(4);
  std::atomic<uint32_t> command{kEmpty};
  std::atomic<uint32_t> event{kEmpty};
  std::atomic<int> missing{0};
  std::thread engine([&] {
    for (int i = 0; i < kRounds; ++i) {
      uint32_t id;
      while ((id = command.exchange(kEmpty, std::memory_order_relaxed)) == kEmpty) {
        std::this_thread::yield();
      }
      SrtpSession* session = table.Take(id);
      std::array<uint8_t, 200> packet = {0x80};
      if (session == nullptr || !session->ProtectRtp(packet, 172).ok()) ++missing;
      event.store(id, std::memory_order_release);
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    const uint32_t id = *table.Add(Session());
    command.store(id, std::memory_order_relaxed);
    while (event.load(std::memory_order_acquire) != id) std::this_thread::yield();
    EXPECT_TRUE(table.Remove(id));
  }
  engine.join();
  EXPECT_EQ(missing.load(), 0);
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace parley
