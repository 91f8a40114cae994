#include "engine/contributors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "jitter/packet_pool.h"

namespace parley {
namespace {

// A room of lanes, and one RTP leg, the last, that may ask for lists.
class ContributorsTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kLegs = 40;

  void SetUp() override {
    served_.resize(kLegs);
    std::iota(served_.begin(), served_.end(), 0u);
    for (uint32_t index = 0; index < kLegs; ++index) {
      Leg& leg = legs()[index];
      leg.ssrc = 1'000 + index;
      leg.sends = layout::Sends::kRoom;
      leg.hears = layout::Hears::kRoom;
      leg.path.mix.mix_class = MixClass::kShared;
    }
  }

  void Ask(uint8_t mixer_levels_id) {
    RtpMediaConfig config;
    config.formats[0] = {.payload_type = 0, .format = {layout::Codec::kPcmu, 8000}};
    config.mixer_levels_id = mixer_levels_id;
    legs()[kLegs - 1].rtp.emplace(config, &pool_, CodecLoans{}, TickTime{});
  }

  void Talk(uint32_t index, uint8_t level_dbov) {
    legs()[index].contributes = true;
    legs()[index].input_level_dbov = level_dbov;
  }

  std::vector<uint32_t> HeardBy(uint32_t index) {
    contributors_.List(served_, legs());
    const MixerSources sources = contributors_.HeardBy(index, legs()[index]);
    return {sources.ssrcs().begin(), sources.ssrcs().end()};
  }

  std::span<Leg> legs() { return {legs_.get(), kLegs}; }

  PacketPool pool_{16};
  std::unique_ptr<Leg[]> legs_ = std::make_unique<Leg[]>(kLegs);
  std::vector<uint32_t> served_;
  Contributors contributors_;
};

using Ssrcs = std::vector<uint32_t>;

TEST_F(ContributorsTest, ListsNobodyWhenNobodyAsks) {
  Ask(0);
  Talk(3, 20);
  EXPECT_EQ(HeardBy(5), Ssrcs{});
}

TEST_F(ContributorsTest, ListsWhoIsHeardLoudestFirst) {
  Ask(1);
  Talk(3, 30);
  Talk(7, 20);
  Talk(9, 25);
  EXPECT_EQ(HeardBy(5), (Ssrcs{1'007, 1'009, 1'003}));
  const MixerSources sources = contributors_.HeardBy(5, legs()[5]);
  EXPECT_TRUE(std::ranges::equal(sources.levels_dbov(), std::vector<uint8_t>{20, 25, 30}));
}

TEST_F(ContributorsTest, ListsNobodyToThemselves) {
  Ask(1);
  Talk(3, 30);
  Talk(7, 20);
  EXPECT_EQ(HeardBy(7), Ssrcs{1'003});
}

TEST_F(ContributorsTest, ListsNoWhispersAndNothingToTheDeaf) {
  Ask(1);
  Talk(3, 30);
  Talk(7, 20);
  legs()[7].sends = layout::Sends::kWhisper;
  EXPECT_EQ(HeardBy(5), Ssrcs{1'003});
  legs()[5].hears = layout::Hears::kSilence;
  EXPECT_EQ(HeardBy(5), Ssrcs{});
}

TEST_F(ContributorsTest, ListsTheFifteenLoudestOfMany) {
  Ask(1);
  for (uint32_t index = 0; index < 30; ++index) Talk(index, static_cast<uint8_t>(60 - index));
  const Ssrcs to_a_listener = HeardBy(35);
  ASSERT_EQ(to_a_listener.size(), 15u);
  EXPECT_EQ(to_a_listener.front(), 1'029u);
  EXPECT_EQ(to_a_listener.back(), 1'015u);
  const Ssrcs to_a_talker = HeardBy(20);
  ASSERT_EQ(to_a_talker.size(), 15u);
  EXPECT_EQ(to_a_talker.back(), 1'014u);
  EXPECT_EQ(std::ranges::count(to_a_talker, 1'020u), 0);
}

}  // namespace
}  // namespace parley
