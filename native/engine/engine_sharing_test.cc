// Listeners who share an encoder, and talkers who leave it: to the bit as if each had always been
// coded alone.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "testing/sharing_room.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::Party;
using testing::SharingRoom;

using Bytes = std::vector<uint8_t>;

class SharingOf : public SharingRoom, public ::testing::WithParamInterface<CodecFormat> {};

TEST_P(SharingOf, ListenersAreCodedOnceAndToTheBitAsAlone) {
  Add(kL16, false);
  for (int listener = 0; listener < 10; ++listener) Add(GetParam(), true);
  Run(200);
  for (size_t slot = 1; slot < parties_.size(); ++slot) {
    EXPECT_EQ(parties_[slot]->sent, parties_[slot]->expected) << slot;
  }
  const bool is_opus = GetParam() == kOpus;
  EXPECT_EQ(is_opus ? stats().encodes_opus : stats().encodes_g722, 200u);
  EXPECT_EQ(stats().encodes_shared, 9u * 200);
  EXPECT_EQ(stats().shared_encoders, 1u);
  EXPECT_EQ(stats().encoder_join_frames, 0u);
}

TEST_P(SharingOf, ATalkerGoesOnToTheBitFromWhatItHeard) {
  Add(kL16, false);
  for (int listener = 0; listener < 3; ++listener) Add(GetParam(), true);
  Run(100);
  Mute(1, false);
  Run(10);
  Mute(2, false);
  Run(60);
  for (const size_t slot : {1, 2}) {
    EXPECT_EQ(parties_[slot]->sent, parties_[slot]->expected) << slot;
  }
  EXPECT_EQ(stats().encoders_forked, 2u);
  // And the last alone, too, who gives back nothing and takes nothing.
  Mute(3, false);
  Run(60);
  EXPECT_EQ(parties_[3]->sent, parties_[3]->expected);
  EXPECT_EQ(stats().encoders_forked, 3u);
  EXPECT_EQ(stats().shared_encoders, 0u);
}

// Whoever hears nothing hears it with all the others.
TEST_P(SharingOf, SilenceIsCodedOnce) {
  for (int listener = 0; listener < 6; ++listener) {
    Add(GetParam(), true);
    Mute(static_cast<uint32_t>(listener), true, Hears::kSilence);
  }
  Run(50);
  Mute(0, true, Hears::kRoom);
  Mute(5, false, Hears::kSilence);
  Run(50);
  for (const auto& party : parties_) EXPECT_EQ(party->sent, party->expected);
  EXPECT_EQ(stats().encodes_opus + stats().encodes_g722, 50u + 2 * 50);
}

// A leg that leaves, in every way there is, takes nothing from those who stay.
TEST_P(SharingOf, OthersHearNoSeamWhenOneLeaves) {
  Add(kL16, false);
  for (int listener = 0; listener < 6; ++listener) Add(GetParam(), true);
  Run(60);
  batch_.push_back(testing::CloseLeg({.slot = 1}));
  batch_.push_back(testing::RouteLeg({.slot = 2}, {.room = layout::kNone}));
  Mute(3, true, Hears::kSilence);
  batch_.push_back(testing::RouteLeg({.slot = 4}, {.sends = Sends::kWhisper, .whisper_to = 5}));
  Run(100);
  EXPECT_EQ(parties_[6]->sent, parties_[6]->expected);
  EXPECT_EQ(parties_[5]->sent, parties_[5]->expected);
  EXPECT_EQ(parties_[3]->sent, parties_[3]->expected);
}

INSTANTIATE_TEST_SUITE_P(Codecs, SharingOf,
                         ::testing::Values(CodecFormat{layout::Codec::kOpus, 16'000},
                                           CodecFormat{layout::Codec::kG722, 16'000}),
                         [](const auto& of) {
                           return std::string(of.param.codec == layout::Codec::kOpus ? "Opus"
                                                                                     : "G722");
                         });

// Nothing is sent to any while there is nothing to say, and then a marker begins the spurt.
TEST_F(SharingRoom, PausesAreSharedToo) {
  Party& talker = Add(kL16, false);
  std::fill(talker.voice.begin() + 2 * kRateHz, talker.voice.begin() + 5 * kRateHz, int16_t{0});
  for (int listener = 0; listener < 3; ++listener) Add(kOpus, true, {.dtx = true});
  Run(500);
  for (const size_t slot : {1, 2, 3}) {
    EXPECT_EQ(parties_[slot]->sent, parties_[slot]->expected);
    EXPECT_GT(std::ranges::count(parties_[slot]->sent, Bytes()), 50);
  }
  EXPECT_EQ(stats().encodes_opus, 500u);
}

TEST_F(SharingRoom, GoesOnWhileTheRoomsRateChanges) {
  Add(kL16, false);
  for (int listener = 0; listener < 3; ++listener) Add(kOpus, true);
  for (int listener = 0; listener < 3; ++listener) Add(kG722, true);
  for (const uint32_t rate_hz : {8'000, 48'000, 16'000}) {
    Run(30);
    batch_.push_back(testing::SetRoomRate(0, rate_hz));
  }
  Run(30);
  for (const size_t slot : {2, 3}) EXPECT_EQ(parties_[slot]->sent, parties_[1]->sent);
  for (const size_t slot : {5, 6}) EXPECT_EQ(parties_[slot]->sent, parties_[4]->sent);
  EXPECT_EQ(stats().encodes_opus, 120u);
  EXPECT_EQ(stats().encodes_g722, 120u);
  EXPECT_EQ(stats().encoders_forked, 0u);
}

}  // namespace
}  // namespace parley
