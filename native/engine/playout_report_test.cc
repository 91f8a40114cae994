#include "engine/playout_report.h"

#include <gtest/gtest.h>

#include "testing/arena_memory.h"
#include "testing/sine_line.h"

namespace parley {
namespace {

using testing::Flight;
using testing::SineLine;

constexpr EngineLimits kLimits = {
    .legs_max = 1, .rooms_max = 1, .lanes_max = 1, .command_records = 4, .event_records = 4};

class PlayoutReportTest : public ::testing::Test {
 protected:
  // Two seconds; two packets are lost, the network stalls once, and one comes too late.
  static void Play(SineLine& line) {
    std::vector<Flight> flights = line.Ideal(0, 100);
    for (Flight& flight : flights) {
      if (flight.number >= 60 && flight.number < 70) flight.arrival_ns = line.SentAt(70);
      if (flight.number == 20) flight.arrival_ns = line.SentAt(50);
    }
    std::erase_if(flights, [](const Flight& flight) { return flight.number % 30 == 10; });
    line.Run(flights, line.SentAt(101));
  }

  testing::ArenaMemory memory_{kLimits};
  Arena arena_ = memory_.Open();
  Stats stats_{arena_.stats()};
  layout::LegSlot slot_{};
  PlayoutReport report_;
};

TEST_F(PlayoutReportTest, CountsForTheShardAndForTheLegWhateverPlayoutItHas) {
  SineLine first({});
  Play(first);
  report_.Count(first.playout, stats_);
  report_.Publish(slot_);
  const PlayoutCounters& counters = first.playout.counters();
  ASSERT_GT(counters.gaps_filled, 0U);
  ASSERT_GT(counters.starvations, 0U);
  ASSERT_GT(counters.guesses_by_pitch, 0U);
  ASSERT_GT(first.playout.packets().late, 0U);
  EXPECT_EQ(slot_.frames_concealed, counters.frames_concealed);
  EXPECT_EQ(slot_.gaps, counters.gaps);
  EXPECT_EQ(slot_.gaps_filled, counters.gaps_filled);
  EXPECT_EQ(slot_.starvations, counters.starvations);
  EXPECT_EQ(slot_.guesses_by_pitch, counters.guesses_by_pitch);
  EXPECT_EQ(slot_.packets_late, first.playout.packets().late);
  EXPECT_EQ(stats_->gaps, counters.gaps);
  EXPECT_EQ(stats_->starvations, counters.starvations);

  // Nothing new is counted twice; another playout adds to both.
  report_.Count(first.playout, stats_);
  report_.Carry(first.playout);
  SineLine second({});
  Play(second);
  report_.Count(second.playout, stats_);
  report_.Publish(slot_);
  EXPECT_EQ(slot_.gaps, 2 * counters.gaps);
  EXPECT_EQ(slot_.packets_late, 2 * first.playout.packets().late);
  EXPECT_EQ(stats_->gaps, 2 * counters.gaps);
  EXPECT_EQ(stats_->packets_late, 2 * first.playout.packets().late);
}

TEST_F(PlayoutReportTest, APauseIsNoStarvationAndNoGap) {
  SineLine line({});
  line.Run(line.Ideal(0, 50), line.SentAt(80));
  line.media_shift = 30 * 160;
  std::vector<Flight> flights = line.Ideal(50, 100);
  for (Flight& flight : flights) flight.arrival_ns = line.SentAt(flight.number + 30);
  line.Run(flights, line.SentAt(131));
  report_.Count(line.playout, stats_);
  report_.Publish(slot_);
  EXPECT_EQ(slot_.spurts_anchored, 1U);
  EXPECT_EQ(slot_.starvations, 0U);
  EXPECT_EQ(slot_.gaps, 0U);
}

}  // namespace
}  // namespace parley
