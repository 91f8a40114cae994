#include "engine/leg_frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "testing/arena_memory.h"

namespace parley {
namespace {

TEST(LegFramesTest, NoTwoPlacesAreOne) {
  constexpr uint32_t kLegs = 3;
  testing::ArenaMemory memory(
      {.legs_max = kLegs, .rooms_max = 1, .command_records = 2, .event_records = 2});
  std::vector<KeptTurn> kept(2);
  LegFrames frames(memory.Open(), kept);
  const auto leg = std::make_unique<Leg>();
  std::set<const int16_t*> samples;
  const auto fill = [&](uint32_t place) {
    leg->said_place = leg->heard_place = place;
    for (const std::span<int16_t> frame : {frames.Said(*leg), frames.Heard(*leg)}) {
      EXPECT_EQ(frame.size(), layout::kFrameSamplesMax);
      std::ranges::fill(frame, int16_t{1});
      for (const int16_t& sample : frame) samples.insert(&sample);
    }
  };
  for (size_t at = 0; at < layout::kBatchLegs; ++at) {
    fill(LegFrames::BatchPlace(at));
    EXPECT_FALSE(frames.IsOwnPlace(leg->said_place));
  }
  for (uint32_t index = 0; index < kLegs; ++index) {
    fill(LegFrames::OwnPlace(index));
    EXPECT_TRUE(frames.IsOwnPlace(leg->said_place));
  }
  for (uint32_t at = 0; at < kept.size(); ++at) {
    leg->heard_place = frames.KeptPlace(at);
    EXPECT_FALSE(frames.IsOwnPlace(leg->heard_place));
    for (const int16_t& sample : frames.Heard(*leg)) samples.insert(&sample);
  }
  const size_t frames_of_all = 2 * (layout::kBatchLegs + kLegs) + kept.size();
  EXPECT_EQ(samples.size(), frames_of_all * layout::kFrameSamplesMax);
}

}  // namespace
}  // namespace parley
