#include "jitter/jitter_buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "base/units.h"
#include "testing/allocation_trap.h"

namespace parley {
namespace {

constexpr uint32_t kSamples = 160;
constexpr uint32_t kRateHz = 8000;

// A buffer with a 40 ms delay, and packets of 20 ms whose payload says which one it is.
class Fixture : public ::testing::Test {
 protected:
  InsertResult Insert(int64_t number, int64_t arrival_ns, uint32_t timestamp_shift = 0) {
    const std::array<uint8_t, 2> payload = {static_cast<uint8_t>(number >> 8),
                                            static_cast<uint8_t>(number)};
    return buffer_.Insert({.sequence = static_cast<uint16_t>(number),
                           .timestamp = static_cast<uint32_t>(number * kSamples) + timestamp_shift,
                           .payload_type = 9,
                           .samples = kSamples,
                           .payload = payload},
                          arrival_ns);
  }

  // Inserts `first` to `end` - 1, each at its time, and starts playing with the first.
  void StartPlaying(int64_t first, int64_t end) {
    for (int64_t number = first; number < end; ++number) {
      ASSERT_EQ(Insert(number, (number - first) * kFrameNs), InsertResult::kStored);
    }
    now_ns_ = 3 * kFrameNs;
    ExpectPacket(first);
  }

  PullResult Pull() {
    const PullResult result = buffer_.Pull(now_ns_, kSamples);
    now_ns_ += kFrameNs;
    return result;
  }

  void ExpectPacket(int64_t number) {
    const PullResult result = Pull();
    ASSERT_EQ(result.kind, PullKind::kPacket);
    ASSERT_EQ(result.payload.size(), 2U);
    EXPECT_EQ(result.payload[0] << 8 | result.payload[1], number & 0xffff);
    EXPECT_EQ(result.samples, kSamples);
    EXPECT_EQ(result.payload_type, 9);
  }

  void ExpectConserved() {
    const JitterCounters& counters = buffer_.counters();
    EXPECT_EQ(counters.inserted, counters.played + counters.late + counters.duplicate +
                                     counters.overflow + counters.skipped + buffer_.held());
  }

  PacketPool pool_{64};
  JitterBuffer buffer_{&pool_, {.rate_hz = kRateHz, .delay_ms = 40}};
  int64_t now_ns_ = 0;
};

using JitterBufferTest = Fixture;

TEST_F(JitterBufferTest, IsSilentBeforeAnythingCame) {
  const PullResult result = Pull();
  EXPECT_EQ(result.kind, PullKind::kSilent);
  EXPECT_EQ(result.samples, kSamples);
}

TEST_F(JitterBufferTest, BeginsWhenTheDelayIsOver) {
  Insert(0, 0);
  now_ns_ = 40 * kNsPerMs - 1;
  EXPECT_EQ(buffer_.Pull(now_ns_, kSamples).kind, PullKind::kPriming);
  now_ns_ += 1;
  ExpectPacket(0);
}

TEST_F(JitterBufferTest, BeginsWhenTheDelayIsHeld) {
  Insert(0, 0);
  Insert(1, 0);
  EXPECT_EQ(buffer_.Pull(0, kSamples).kind, PullKind::kPriming);
  Insert(2, 0);
  ExpectPacket(0);
}

TEST_F(JitterBufferTest, PutsPacketsInOrderEvenTheVeryFirst) {
  for (const int64_t number : {3, 1, 0, 2}) Insert(number, 0);
  for (int64_t number = 0; number < 4; ++number) ExpectPacket(number);
  ExpectConserved();
}

TEST_F(JitterBufferTest, KnowsDuplicatesOfHeldAndPlayedPackets) {
  StartPlaying(0, 3);
  EXPECT_EQ(Insert(1, 0), InsertResult::kDuplicate);
  EXPECT_EQ(Insert(0, 0), InsertResult::kDuplicate);
  EXPECT_EQ(buffer_.counters().duplicate, 2U);
  ExpectConserved();
}

TEST_F(JitterBufferTest, SaysWhatIsMissingAndWhatIsLate) {
  StartPlaying(0, 2);
  Insert(3, 0);
  ExpectPacket(1);
  EXPECT_EQ(buffer_.Pull(now_ns_, 60).samples, 60U);
  EXPECT_EQ(Insert(2, 0), InsertResult::kLate);  // its turn has begun
  const PullResult rest = buffer_.Pull(now_ns_, kSamples);
  EXPECT_EQ(rest.kind, PullKind::kMissing);
  EXPECT_EQ(rest.samples, 100U);
  ExpectPacket(3);
  EXPECT_EQ(Insert(2, 0), InsertResult::kLate);
  EXPECT_EQ(buffer_.counters().late, 2U);
  ExpectConserved();
}

TEST_F(JitterBufferTest, AGapWithNoNumberMissingIsAPause) {
  StartPlaying(0, 2);
  Insert(2, 0, /*timestamp_shift=*/200);
  ExpectPacket(1);
  const PullResult pause = Pull();
  EXPECT_EQ(pause.kind, PullKind::kSilent);
  EXPECT_EQ(pause.samples, 160U);
  EXPECT_EQ(buffer_.Pull(now_ns_, kSamples).samples, 40U);
  ExpectPacket(2);
}

TEST_F(JitterBufferTest, OtherPayloadsKeepTheirPlaceInTheSequence) {
  StartPlaying(0, 2);
  EXPECT_EQ(buffer_.Insert({.sequence = 2, .samples = 0}, 0), InsertResult::kStored);
  Insert(3, 0);
  ExpectPacket(1);
  EXPECT_EQ(Pull().kind, PullKind::kSilent);
  ExpectPacket(3);
  EXPECT_EQ(buffer_.Insert({.sequence = 2, .samples = 0}, 0), InsertResult::kDuplicate);
  ExpectConserved();
}

TEST_F(JitterBufferTest, OtherPayloadsAloneBeginNothing) {
  EXPECT_EQ(buffer_.Insert({.sequence = 7, .samples = 0}, 0), InsertResult::kStored);
  EXPECT_EQ(buffer_.Pull(kNsPerSecond, kSamples).kind, PullKind::kSilent);
  ExpectConserved();
}

TEST_F(JitterBufferTest, IsPrimedAgainAfterRunningDry) {
  StartPlaying(0, 1);
  EXPECT_EQ(Pull().kind, PullKind::kStarved);
  Insert(1, now_ns_);
  EXPECT_EQ(Pull().kind, PullKind::kStarved);
  EXPECT_EQ(Pull().kind, PullKind::kStarved);
  const PullResult result = Pull();
  EXPECT_EQ(result.kind, PullKind::kPacket);
  EXPECT_EQ(result.resumed, Resumed::kAfterLoss);  // no time had leapt: it was late
}

TEST_F(JitterBufferTest, TellsAPauseFromALossOnceTheNextPacketIsHere) {
  StartPlaying(0, 1);
  EXPECT_EQ(Pull().kind, PullKind::kStarved);
  Insert(1, now_ns_, /*timestamp_shift=*/4000);
  now_ns_ += kNsPerSecond / 10;
  const PullResult after_pause = Pull();
  EXPECT_EQ(after_pause.resumed, Resumed::kAfterPause);
  EXPECT_EQ(Pull().kind, PullKind::kStarved);
  Insert(3, now_ns_, /*timestamp_shift=*/8000);
  now_ns_ += kNsPerSecond / 10;
  EXPECT_EQ(Pull().resumed, Resumed::kAfterLoss);
  EXPECT_EQ(Pull().resumed, Resumed::kNo);
}

TEST_F(JitterBufferTest, TakesASenderForStoppedAfterOneSecond) {
  StartPlaying(0, 1);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(Pull().kind, PullKind::kStarved) << i;
  EXPECT_EQ(Pull().kind, PullKind::kSilent);
}

TEST_F(JitterBufferTest, PlaysABurstThatCameLate) {
  StartPlaying(0, 1);
  EXPECT_EQ(Pull().kind, PullKind::kStarved);
  for (int64_t number = 1; number < 6; ++number) Insert(number, now_ns_);
  for (int64_t number = 1; number < 6; ++number) ExpectPacket(number);
  EXPECT_EQ(buffer_.counters().skipped, 0U);
}

TEST_F(JitterBufferTest, ABurstBeyondTheBoundLosesItsOldestAtTheStart) {
  for (int64_t number = 0; number < 10; ++number) Insert(number, 0);
  // Ten wait, the newest begins 180 ms after the first: down to 40 ms.
  ExpectPacket(7);
  EXPECT_EQ(buffer_.counters().skipped, 7U);
  ExpectConserved();
}

TEST_F(JitterBufferTest, ExcessThatLastsIsSkippedAndMarked) {
  StartPlaying(0, 3);
  int64_t sent = 3;
  while (sent < 9) Insert(sent++, now_ns_);
  int64_t played = 1;
  while (buffer_.counters().skipped == 0) {
    Insert(sent++, now_ns_);
    const PullResult result = Pull();
    ASSERT_EQ(result.kind, PullKind::kPacket);
    const int64_t number = result.payload[0] << 8 | result.payload[1];
    EXPECT_EQ(result.is_jump, number != played);
    played = number + 1;
    ASSERT_LT(sent, 40);
  }
  // Sent just before 10 pulls and 200 ms of excess were over.
  EXPECT_EQ(sent, 9 + 11);
  EXPECT_EQ(played, sent - 2);
  ExpectConserved();
}

TEST_F(JitterBufferTest, ExcessThatPassesIsLeftAlone) {
  StartPlaying(0, 3);
  for (int64_t number = 3; number < 12; ++number) Insert(number, now_ns_);
  for (int64_t number = 1; number < 12; ++number) ExpectPacket(number);
  EXPECT_EQ(buffer_.counters().skipped, 0U);
}

TEST_F(JitterBufferTest, DoesNotWaitForGapsBeyondASecond) {
  StartPlaying(0, 2);
  Insert(2, now_ns_, /*timestamp_shift=*/kRateHz + 1);
  ExpectPacket(1);
  ExpectPacket(2);
  Insert(3, now_ns_, /*timestamp_shift=*/static_cast<uint32_t>(-100'000));
  ExpectPacket(3);
  ExpectConserved();
}

TEST_F(JitterBufferTest, KeepsToItsSlotsWhenTheSequenceLeaps) {
  StartPlaying(0, 4);
  Insert(500, now_ns_);
  EXPECT_EQ(buffer_.held(), 1U);
  EXPECT_EQ(buffer_.counters().skipped, 3U);
  ExpectPacket(500);
  ExpectConserved();
}

TEST_F(JitterBufferTest, HoldsAsManyAsItHasSlots) {
  for (int64_t number = 0; number < kJitterSlots; ++number) {
    ASSERT_EQ(Insert(number, 0), InsertResult::kStored);
  }
  EXPECT_EQ(buffer_.held(), kJitterSlots);
  EXPECT_EQ(buffer_.held_samples(), kJitterSlots * kSamples);
  EXPECT_EQ(Insert(kJitterSlots, 0), InsertResult::kStored);  // the oldest gives way
  EXPECT_EQ(buffer_.counters().skipped, 1U);
  EXPECT_EQ(buffer_.held(), kJitterSlots);
  ExpectConserved();
}

TEST_F(JitterBufferTest, CountsWhatThePoolHasNoRoomFor) {
  const std::vector<uint8_t> large(kPayloadBytesMax);
  for (int i = 0; i < 8; ++i) ASSERT_NE(pool_.Store(large), PacketPool::kNone);
  EXPECT_EQ(Insert(0, 0), InsertResult::kOverflow);
  EXPECT_EQ(buffer_.counters().overflow, 1U);
  EXPECT_EQ(Pull().kind, PullKind::kSilent);
  ExpectConserved();
}

TEST_F(JitterBufferTest, RefusesWhatIsBeyondItsLimits) {
  const std::vector<uint8_t> large(kPayloadBytesMax + 1);
  const std::vector<uint8_t> small(10);
  EXPECT_EQ(buffer_.Insert({.samples = kSamples, .payload = large}, 0), InsertResult::kOverflow);
  EXPECT_EQ(buffer_.Insert({.samples = kPacketSamplesMax + 1, .payload = small}, 0),
            InsertResult::kOverflow);
  EXPECT_EQ(buffer_.Insert({.samples = kSamples, .payload = {}}, 0), InsertResult::kOverflow);
  EXPECT_EQ(buffer_.held(), 0U);
  ExpectConserved();
}

TEST_F(JitterBufferTest, SequenceAndTimestampWrapUnnoticed) {
  const int64_t first = 65'534;
  StartPlaying(first, first + 3);
  for (int64_t number = first + 1; number < first + 6; ++number) {
    Insert(number + 2, now_ns_);
    ExpectPacket(number);
  }
}

TEST_F(JitterBufferTest, ResetForgetsTheStreamAndGivesMemoryBack) {
  StartPlaying(0, 4);
  buffer_.Reset();
  EXPECT_EQ(buffer_.held(), 0U);
  EXPECT_EQ(pool_.chunks_free(), 64U);
  EXPECT_EQ(buffer_.counters().skipped, 3U);
  EXPECT_EQ(Pull().kind, PullKind::kSilent);
  EXPECT_EQ(Insert(2, now_ns_), InsertResult::kStored);
  EXPECT_EQ(Pull().kind, PullKind::kPriming);
  ExpectConserved();
}

TEST_F(JitterBufferTest, GivesMemoryBackWhenDestroyed) {
  {
    JitterBuffer other(&pool_, {});
    const std::vector<uint8_t> payload(500);
    other.Insert({.samples = 500, .payload = payload}, 0);
    EXPECT_EQ(pool_.chunks_free(), 62U);
  }
  EXPECT_EQ(pool_.chunks_free(), 64U);
}

TEST_F(JitterBufferTest, AnyPacketsInAnyOrderAreConservedAndComeInOrder) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 generator(seed);
    const auto random = [&generator] { return static_cast<uint32_t>(generator()); };
    JitterBuffer buffer(&pool_, {.rate_hz = kRateHz, .delay_ms = random() % 200});
    int64_t base = random() % 70'000;
    int64_t highest_played = -1;
    int64_t now_ns = 0;
    for (int step = 0; step < 400; ++step) {
      now_ns += random() % (2 * kFrameNs);
      if (random() % 100 == 0) base += random() % 300;
      const int64_t number = base++ + int64_t{random() % 8} - int64_t{random() % 8};
      const std::array<uint8_t, 4> payload = {
          static_cast<uint8_t>(number >> 24), static_cast<uint8_t>(number >> 16),
          static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
      const uint32_t noise = random() % 20 == 0 ? random() : 0;
      buffer.Insert({.sequence = static_cast<uint16_t>(number),
                     .timestamp = static_cast<uint32_t>(number * kSamples) + noise,
                     .payload_type = 0,
                     .samples = random() % 10 == 0 ? 0 : kSamples,
                     .payload = payload},
                    now_ns);
      if (random() % 2 == 0) {
        const PullResult result = buffer.Pull(now_ns, 1 + random() % 400);
        ASSERT_GT(result.samples, 0U);
        if (result.kind == PullKind::kPacket) {
          const int64_t played = result.payload[0] << 24 | result.payload[1] << 16 |
                                 result.payload[2] << 8 | result.payload[3];
          ASSERT_GT(played, highest_played) << "seed " << seed;
          highest_played = played;
        }
      }
      const JitterCounters& counters = buffer.counters();
      ASSERT_EQ(counters.inserted, counters.played + counters.late + counters.duplicate +
                                       counters.overflow + counters.skipped + buffer.held())
          << "seed " << seed;
      ASSERT_LE(buffer.held(), kJitterSlots);
    }
  }
  EXPECT_EQ(pool_.chunks_free(), 64U);
}

TEST_F(JitterBufferTest, AllocatesNothing) {
  const testing::AllocationTrap trap;
  for (int64_t number = 0; number < 200; ++number) {
    if (number % 7 != 0) Insert(number, now_ns_);
    Pull();
  }
  buffer_.Reset();
  EXPECT_EQ(trap.allocations() + trap.frees(), 0U);
}

}  // namespace
}  // namespace parley
