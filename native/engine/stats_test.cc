#include "engine/stats.h"

#include <gtest/gtest.h>

#include <memory>

namespace parley {
namespace {

TEST(StatsTest, PublishesEveryWord) {
  layout::StatsBlock published{};
  Stats stats(published);
  stats->ticks = 1;
  stats->events_dropped = 2;
  EXPECT_EQ(published.ticks, 0u);
  stats.Publish();
  EXPECT_EQ(published.ticks, 1u);
  EXPECT_EQ(published.events_dropped, 2u);
}

TEST(StatsTest, PutsATickOnAnEdgeIntoTheBucketBelow) {
  layout::StatsBlock published{};
  Stats stats(published);
  stats.RecordTick(10'000, 50'000'001);
  stats.RecordTick(10'001, 0);
  EXPECT_EQ(stats->tick_work_histogram[0], 1u);
  EXPECT_EQ(stats->tick_work_histogram[1], 1u);
  EXPECT_EQ(stats->tick_lateness_histogram[13], 1u);
  EXPECT_EQ(stats->tick_lateness_histogram[0], 1u);
}

TEST(StatsTest, KeepsPhasesApart) {
  layout::StatsBlock published{};
  Stats stats(published);
  stats.RecordPhases({0, 0, 0, 0, 11'000, 0, 0, 60'000'000});
  EXPECT_EQ(stats->tick_phase_ns[static_cast<size_t>(TickPhase::kMix)], 11'000u);
  EXPECT_EQ(stats->tick_phase_ns[static_cast<size_t>(TickPhase::kPublish)], 60'000'000u);
  EXPECT_EQ(stats->tick_phase_histogram[0], 1u);
  EXPECT_EQ(stats->tick_phase_histogram[4 * 14], 0u);
  EXPECT_EQ(stats->tick_phase_histogram[4 * 14 + 1], 1u);
  EXPECT_EQ(stats->tick_phase_histogram[8 * 14 - 1], 1u);
}

TEST(StatsTest, AveragesWorkOverAboutASecond) {
  layout::StatsBlock published{};
  Stats stats(published);
  for (int tick = 0; tick < 256; ++tick) stats.RecordTick(100'000, 0);
  EXPECT_NEAR(static_cast<double>(stats->tick_work_ema_ns), 63'200, 500);
  for (int tick = 0; tick < 5'000; ++tick) stats.RecordTick(100'000, 0);
  EXPECT_NEAR(static_cast<double>(stats->tick_work_ema_ns), 100'000, 10);
  for (int tick = 0; tick < 5'000; ++tick) stats.RecordTick(0, 0);
  EXPECT_LT(stats->tick_work_ema_ns, 10u);
}

}  // namespace
}  // namespace parley
