#include "engine/run_loop.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "testing/arena_memory.h"

namespace parley {
namespace {

// A clock that moves only when slept on or when a tick "works".
class FakeClock final : public TickClock {
 public:
  TickTime Now() override { return {.now_ns = now_ns, .wall_ns = 0, .deadline_ns = now_ns}; }
  int64_t CpuNs() override { return cpu_ns += 42; }
  void SleepUntil(int64_t deadline_ns) override {
    if (deadline_ns > now_ns) now_ns = deadline_ns;
    if (!wake_late_ns.empty()) {
      now_ns += wake_late_ns.front();
      wake_late_ns.pop_front();
    }
  }

  int64_t now_ns = 35'000'000;  // 5 ms before a frame begins
  int64_t cpu_ns = 0;
  std::deque<int64_t> wake_late_ns;
};

// Records when it was ticked, works as long as told, and asks for a stop after the last.
class FakeTicker final : public Ticker {
 public:
  FakeTicker(FakeClock& clock, layout::ControlBlock& control, uint32_t ticks)
      : clock_(clock), control_(control), ticks_(ticks) {}

  bool Tick(const TickTime& time) override {
    ticked_ns.push_back(time.now_ns);
    if (!work_ns.empty()) {
      clock_.now_ns += work_ns.front();
      work_ns.pop_front();
    }
    if (ticked_ns.size() == ticks_) control_.stop = 1;
    return resumes == 0;
  }
  bool Resume(Patience patience) override {
    resumed_ns.push_back(clock_.now_ns);
    if (patience == Patience::kStart && started_ns == 0) started_ns = clock_.now_ns;
    const bool is_last = patience == Patience::kFinish;
    if (is_last) ++given_up_waiting;
    if (!is_last && resumed_ns.size() < resumes) return false;
    clock_.now_ns += resume_work_ns;
    return true;
  }
  void GiveUpTicks(uint32_t ticks) override {
    if (ticked_ns.empty() && first_tick == 0) {
      first_tick = ticks;
    } else {
      given_up.push_back(ticks);
    }
  }

  std::vector<int64_t> ticked_ns;
  uint32_t first_tick = 0;
  std::vector<uint32_t> given_up;
  uint32_t resumes = 0;  // that a tick waits for; 0: none
  int64_t resume_work_ns = 0;
  std::vector<int64_t> resumed_ns;
  uint32_t given_up_waiting = 0;
  int64_t started_ns = 0;  // when it was first told to wait for nobody who has not begun
  std::deque<int64_t> work_ns;

 private:
  FakeClock& clock_;
  layout::ControlBlock& control_;
  uint32_t ticks_;
};

class RunLoopTest : public ::testing::Test {
 protected:
  void Run(FakeTicker& ticker) {
    EventBell nobody(memory_.Open(), -1);
    RunLoop(ticker, clock_, control_, stats_, nobody);
  }

  FakeClock clock_;
  layout::ControlBlock control_{};
  layout::StatsBlock published_{};
  Stats stats_{published_};
  testing::ArenaMemory memory_{
      {.legs_max = 1, .rooms_max = 1, .players_max = 1, .command_records = 2, .event_records = 2}};
};

TEST_F(RunLoopTest, TicksEveryFiveMillisecondsByAbsoluteDeadlines) {
  FakeTicker ticker(clock_, control_, 4);
  clock_.wake_late_ns = {100'000, 300'000, 0, 0};
  const int64_t start_ns = clock_.now_ns;
  Run(ticker);
  EXPECT_EQ(ticker.ticked_ns, (std::vector<int64_t>{start_ns + 5'100'000, start_ns + 10'300'000,
                                                    start_ns + 15'000'000, start_ns + 20'000'000}));
  EXPECT_EQ(stats_->ticks, 4u);
  EXPECT_EQ(stats_->ticks_caught_up, 0u);
  EXPECT_EQ(stats_->tick_lateness_ns, 400'000u);
  EXPECT_EQ(control_.heartbeat, 4u);
  EXPECT_EQ(control_.state, 2u);
  EXPECT_EQ(stats_->cpu_ns, 4 * 42u);
}

TEST_F(RunLoopTest, DoesNotTickWhenStoppedBefore) {
  control_.stop = 1;
  FakeTicker ticker(clock_, control_, 1);
  Run(ticker);
  EXPECT_TRUE(ticker.ticked_ns.empty());
  EXPECT_EQ(control_.state, 2u);
}

TEST_F(RunLoopTest, RunsTicksMissedByUpToSixtyMillisecondsBackToBack) {
  FakeTicker ticker(clock_, control_, 14);
  clock_.wake_late_ns = {60'000'000};
  const int64_t start_ns = clock_.now_ns;
  Run(ticker);
  EXPECT_TRUE(ticker.given_up.empty());
  EXPECT_EQ(stats_->ticks_reanchored, 0u);
  // Deadlines 5 to 60 ms after the start are met at 65 ms, the thirteenth at its time, then the
  // next.
  for (int tick = 0; tick < 13; ++tick) EXPECT_EQ(ticker.ticked_ns[tick], start_ns + 65'000'000);
  EXPECT_EQ(ticker.ticked_ns[13], start_ns + 70'000'000);
  EXPECT_EQ(stats_->ticks_caught_up, 12u);
}

TEST_F(RunLoopTest, GivesUpTicksWhenLaterThanThat) {
  FakeTicker ticker(clock_, control_, 2);
  clock_.wake_late_ns = {61'000'000};
  const int64_t start_ns = clock_.now_ns;
  Run(ticker);
  EXPECT_EQ(ticker.given_up, (std::vector<uint32_t>{12}));
  EXPECT_EQ(stats_->ticks_reanchored, 12u);
  EXPECT_EQ(stats_->ticks_caught_up, 0u);
  // Back on the old grid: deadlines stay multiples of 5 ms from the start.
  EXPECT_EQ(ticker.ticked_ns, (std::vector<int64_t>{start_ns + 66'000'000, start_ns + 70'000'000}));
}

TEST_F(RunLoopTest, CountsWorkAndOverruns) {
  FakeTicker ticker(clock_, control_, 3);
  ticker.work_ns = {20'000, 6'000'000, 0};
  Run(ticker);
  EXPECT_EQ(stats_->ticks_overrun, 1u);
  EXPECT_EQ(stats_->ticks_caught_up, 0u);
  EXPECT_EQ(stats_->tick_work_ns, 6'020'000u);
  EXPECT_EQ(stats_->tick_work_histogram[0], 1u);
  EXPECT_EQ(stats_->tick_work_histogram[1], 1u);
  EXPECT_EQ(stats_->tick_work_histogram[10], 1u);
  // The tick after the overrun woke 1 ms late.
  EXPECT_EQ(stats_->tick_lateness_histogram[6], 1u);
}

TEST_F(RunLoopTest, BeginsWithAFrameOfTheClockAndItsNumberSoThatAllShardsTickAlike) {
  FakeTicker ticker(clock_, control_, 2);
  clock_.now_ns = 7'000'123;
  Run(ticker);
  EXPECT_EQ(ticker.ticked_ns, (std::vector<int64_t>{20'000'000, 25'000'000}));
  EXPECT_EQ(ticker.first_tick, 4u);
}

TEST_F(RunLoopTest, LooksForThePartsOfOtherShardsAndCountsNoWorkMeanwhile) {
  FakeTicker ticker(clock_, control_, 1);
  ticker.work_ns = {20'000};
  ticker.resumes = kPartsLooksMax + 3;
  ticker.resume_work_ns = 30'000;
  const int64_t deadline_ns = clock_.now_ns + 5'000'000;
  Run(ticker);
  EXPECT_EQ(ticker.given_up_waiting, 0u);
  EXPECT_EQ(ticker.resumed_ns.size(), kPartsLooksMax + 3);
  EXPECT_EQ(ticker.resumed_ns[kPartsLooksMax - 1], deadline_ns + 20'000);
  EXPECT_EQ(ticker.resumed_ns.back(), deadline_ns + 20'000 + 3 * kPartsLookNs);
  EXPECT_EQ(stats_->tick_work_ns, 50'000u);
  EXPECT_EQ(stats_->span_wait_ns, static_cast<uint64_t>(3 * kPartsLookNs));
}

TEST_F(RunLoopTest, WaitsForOtherShardsNoLongerThanItsBound) {
  FakeTicker ticker(clock_, control_, 2);
  ticker.resumes = UINT32_MAX;
  const int64_t deadline_ns = clock_.now_ns + 5'000'000;
  Run(ticker);
  EXPECT_EQ(ticker.given_up_waiting, 2u);
  EXPECT_EQ(ticker.started_ns, deadline_ns + kPartsWaitNs);
  EXPECT_EQ(ticker.resumed_ns.back(), deadline_ns + kTickNs + kPartsWaitNs + kPartsGraceNs);
  EXPECT_EQ(stats_->ticks_overrun, 0u);
  EXPECT_EQ(stats_->ticks_caught_up, 0u);
  EXPECT_EQ(stats_->tick_lateness_ns, 0u);
}

// Whoever stood still as long is a moment away.
TEST_F(RunLoopTest, WaitsAMomentForOthersWhenItIsLateItself) {
  FakeTicker ticker(clock_, control_, 1);
  clock_.wake_late_ns = {4'000'000};
  ticker.resumes = UINT32_MAX;
  const int64_t deadline_ns = clock_.now_ns + 5'000'000;
  Run(ticker);
  EXPECT_EQ(ticker.started_ns, deadline_ns + 4'000'000 + kPartsGraceNs);
  EXPECT_EQ(ticker.resumed_ns.back(), deadline_ns + 4'000'000 + 2 * kPartsGraceNs);
}

TEST(SystemTickClockTest, SleepsNoLessThanAsked) {
  SystemTickClock clock;
  const int64_t deadline_ns = clock.Now().now_ns + 2'000'000;
  clock.SleepUntil(deadline_ns);
  EXPECT_GE(clock.Now().now_ns, deadline_ns);
  clock.SleepUntil(deadline_ns - 1'000'000);
  EXPECT_GE(clock.CpuNs(), 0);
}

}  // namespace
}  // namespace parley
