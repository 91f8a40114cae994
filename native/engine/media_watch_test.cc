#include "engine/media_watch.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

class MediaWatchTest : public ::testing::Test {
 protected:
  // What is told in the next `ms`, a turn each 20 ms: S silent, G goodbye, R resumed.
  std::string Run(int64_t ms, bool with_packets) {
    std::string told;
    for (int64_t turn = 0; turn < ms / 20; ++turn) {
      now_ns_ += kFrameNs;
      if (with_packets) watch_.OnPacket(now_ns_);
      const auto change = watch_.Take(now_ns_);
      if (!change) continue;
      told += "SGR"[static_cast<int>(change->kind)];
      silent_ms_ = change->silent_ns / kNsPerMs;
    }
    return told;
  }

  MediaWatch watch_;
  int64_t now_ns_ = kNsPerSecond;
  int64_t silent_ms_ = 0;
};

TEST_F(MediaWatchTest, TellsNothingBeforeTheFirstPacket) {
  EXPECT_EQ(Run(60'000, false), "");
  watch_.OnGoodbye(now_ns_);
  EXPECT_EQ(Run(60'000, false), "");
}

TEST_F(MediaWatchTest, TellsOnceThatPacketsStoppedAndThatTheyCameAgain) {
  EXPECT_EQ(Run(10'000, true), "");
  EXPECT_EQ(Run(4'980, false), "");
  EXPECT_EQ(Run(20, false), "S");
  EXPECT_EQ(silent_ms_, 5'000);
  EXPECT_EQ(Run(60'000, false), "");
  EXPECT_EQ(Run(1'000, true), "R");
  EXPECT_EQ(Run(4'980, false), "");
}

TEST_F(MediaWatchTest, TellsOfAGoodbyeAtOnce) {
  Run(1'000, true);
  watch_.OnGoodbye(now_ns_);
  EXPECT_EQ(Run(60'000, false), "G");
}

TEST_F(MediaWatchTest, DoesNotTakeStragglersForARevival) {
  Run(1'000, true);
  watch_.OnGoodbye(now_ns_);
  EXPECT_EQ(Run(900, true), "G");
  EXPECT_EQ(Run(60'000, false), "");
}

TEST_F(MediaWatchTest, BelievesPacketsMoreThanAGoodbye) {
  Run(1'000, true);
  watch_.OnGoodbye(now_ns_);
  EXPECT_EQ(Run(3'000, true), "GR");
}

TEST_F(MediaWatchTest, AGoodbyeAfterALongSilenceIsTheSameEnd) {
  Run(1'000, true);
  EXPECT_EQ(Run(10'000, false), "S");
  watch_.OnGoodbye(now_ns_);
  EXPECT_EQ(Run(10'000, false), "");
  EXPECT_EQ(Run(1'000, true), "R");
}

}  // namespace
}  // namespace parley
