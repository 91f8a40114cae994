// Encoders with state in a spread room, whose legs are sent in different ticks: who shares one is
// sent what it makes, to the bit as if it had been its own, whatever happens between mix and
// sending.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/clip_memory.h"
#include "testing/sharing_room.h"
#include "testing/signals.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::SharingRoom;

class SpreadSharing : public SharingRoom, public ::testing::WithParamInterface<CodecFormat> {
 protected:
  SpreadSharing() : SharingRoom({.above = 3, .gather_below = 2}) {}

  // One who speaks, and listeners in every tick of a frame.
  void Fill(uint32_t listeners) {
    Add(kL16, false);
    for (uint32_t leg = 0; leg < listeners; ++leg) Add(GetParam(), true);
  }

  void ExpectToTheBit() {
    for (size_t slot = 0; slot < parties_.size(); ++slot) {
      const testing::Party& party = *parties_[slot];
      ASSERT_EQ(party.sent.size(), party.expected.size());
      for (size_t turn = 0; turn < party.sent.size(); ++turn) {
        ASSERT_EQ(party.sent[turn], party.expected[turn]) << slot << " in turn " << turn;
      }
    }
  }

  uint64_t encodes() { return stats().encodes_opus + stats().encodes_g722; }
};

TEST_P(SpreadSharing, ItIsCodedOnceForThoseOfAllTicks) {
  Fill(12);
  Run(200);
  EXPECT_EQ(encodes(), 200u);
  EXPECT_EQ(stats().shared_encoders, 1u);
  ExpectToTheBit();
}

// Before their tick and after it. It is over before they come to share silence.
TEST_P(SpreadSharing, WhoLeavesBetweenMixAndSendingGoesOnToTheBit) {
  Fill(24);
  Run(40);
  for (uint32_t after = 1; after < kPhasesPerFrame; ++after) {
    for (uint32_t leg = 0; leg < 6; ++leg) {
      const uint32_t slot = 6 * after + leg;
      if (leg % 2 == 0) Mute(slot, true, Hears::kSilence);
    }
    Turn(after);
    Run(5);
  }
  Mute(9, false);
  Mute(10, false);
  Turn(1);
  Run(5);
  EXPECT_GE(stats().encoders_forked, 9u);
  ExpectToTheBit();
}

// Who is served before the room is mixed with him is sent nothing yet: silence would be what others
// are sent, and from then on he hears the room.
TEST_P(SpreadSharing, WhoComesBetweenTwoMixesComesToShareAsAllDo) {
  Fill(8);
  Run(20);
  for (uint32_t newcomer = 0; newcomer < 12; ++newcomer) {
    const testing::Party& party = Add(GetParam(), true);
    Turn(newcomer % kPhasesPerFrame);
    Run(1);
    EXPECT_FALSE(party.sent.back().empty());
  }
  Run(200);
  EXPECT_EQ(stats().shared_encoders, 1u);
  for (size_t slot = 1; slot < parties_.size(); ++slot) {
    EXPECT_EQ(parties_[slot]->sent.back(), parties_[1]->sent.back()) << slot;
  }
}

TEST_P(SpreadSharing, MusicIsCodedOnceInEachTickForAllWhoWait) {
  const ClipMemory music(testing::Speech(6'000, 3, layout::kClipRateHz, 7));
  batch_.push_back(testing::OpenPlayer({}, music.id(), 0));
  for (uint32_t leg = 0; leg < 12; ++leg) {
    Add(GetParam(), true);
    testing::Route route;
    route.sends = Sends::kNobody;
    route.hears = Hears::kSilence;
    route.player = 0;
    batch_.push_back(testing::RouteLeg({.slot = leg}, route));
  }
  Run(100);
  EXPECT_EQ(encodes(), 4u * 100);
  ExpectToTheBit();
  // Two begin to hear the room, one before its tick and one after.
  Mute(5, true);
  Mute(11, true);
  Turn(2);
  Run(60);
  ExpectToTheBit();
}

TEST_P(SpreadSharing, WhoIsGatheredGoesOnToTheBit) {
  Fill(6);
  const ClipMemory music(testing::Speech(6'000, 3, layout::kClipRateHz, 7));
  batch_.push_back(testing::OpenPlayer({}, music.id(), 0));
  testing::Route route;
  route.sends = Sends::kNobody;
  route.hears = Hears::kSilence;
  route.player = 0;
  batch_.push_back(testing::RouteLeg({.slot = 6}, route));
  Run(60);
  for (const uint32_t slot : {1u, 2u, 3u, 4u, 0u}) {
    batch_.push_back(testing::CloseLeg({.slot = slot}));
  }
  batch_.push_back(testing::CloseLeg({.slot = 5}));
  Run(40);
  EXPECT_EQ(parties_[6]->sent, parties_[6]->expected);
}

INSTANTIATE_TEST_SUITE_P(Codecs, SpreadSharing,
                         ::testing::Values(CodecFormat{layout::Codec::kOpus, 16'000},
                                           CodecFormat{layout::Codec::kG722, 16'000}),
                         [](const auto& of) {
                           return std::string(of.param.codec == layout::Codec::kOpus ? "Opus"
                                                                                     : "G722");
                         });

}  // namespace
}  // namespace parley
