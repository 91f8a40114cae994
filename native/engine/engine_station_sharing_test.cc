// Music that many hear in a codec with state: coded once in each phase, and to the bit as if each
// leg had always been coded alone.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "playback/clip_reader.h"
#include "testing/clip_memory.h"
#include "testing/sharing_room.h"
#include "testing/signals.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::SharingRoom;

std::vector<int16_t> Music(double seconds) {
  return testing::Speech(6'000, seconds, layout::kClipRateHz, 7);
}

class StationSharing : public SharingRoom, public ::testing::WithParamInterface<CodecFormat> {
 protected:
  // Legs that hear player 0 and nothing else.
  void AddHearers(uint32_t count) {
    for (uint32_t leg = 0; leg < count; ++leg) {
      Add(GetParam(), true);
      HearMusic(static_cast<uint32_t>(parties_.size() - 1));
    }
  }

  void HearMusic(uint32_t slot, uint32_t room = 0, uint32_t player = 0) {
    testing::Route route;
    route.room = room;
    route.sends = Sends::kNobody;
    route.hears = Hears::kSilence;
    route.player = player;
    batch_.push_back(testing::RouteLeg({.slot = slot}, route));
  }

  uint64_t encodes() { return stats().encodes_opus + stats().encodes_g722; }

  void ExpectToTheBit() {
    for (size_t slot = 0; slot < parties_.size(); ++slot) {
      EXPECT_EQ(parties_[slot]->sent, parties_[slot]->expected) << slot;
    }
  }

  ClipMemory music_{Music(3)};
};

TEST_P(StationSharing, ItIsCodedOnceForAllOfAPhase) {
  batch_.push_back(testing::OpenPlayer({}, music_.id(), 0));
  AddHearers(8);
  // Outside any room, a leg is served in the phase of its slot.
  for (uint32_t slot = 4; slot < 8; ++slot) HearMusic(slot, layout::kNone);
  Run(200);
  EXPECT_EQ(encodes(), 4u * 200) << "legs 0 to 3 and 4 in phase 0, 5 to 7 in one each";
  EXPECT_EQ(stats().encodes_station, 4u * 200);
  EXPECT_EQ(stats().shared_encoders, 4u);
  ExpectToTheBit();
}

TEST_P(StationSharing, WhoLeavesGoesOnToTheBitAndNobodyHearsASeam) {
  batch_.push_back(testing::OpenPlayer({}, music_.id(), 0));
  AddHearers(5);
  Add(kL16, false);
  Run(60);
  Mute(0, false);
  HearMusic(1, layout::kNone);
  batch_.push_back(testing::CloseLeg({.slot = 2}));
  Run(60);
  for (const size_t slot : {0, 1, 3, 4}) {
    EXPECT_EQ(parties_[slot]->sent, parties_[slot]->expected) << slot;
  }
}

TEST_P(StationSharing, WhatEndsOrIsSlowIsSilenceForAllOfThem) {
  ClipMemory stream(1u << 16, layout::ClipKind::kStream);
  batch_.push_back(testing::OpenPlayer({}, stream.id()));
  AddHearers(4);
  stream.Write(Music(0.5));
  Run(50);
  stream.Write(Music(0.5));
  Run(50);
  stream.End();
  Run(50);
  EXPECT_GT(stats().player_frames_starved, 10u);
  EXPECT_EQ(stats().players_ended, 1u);
  EXPECT_EQ(encodes(), 150u);
  ExpectToTheBit();
}

// The slot of a player that was closed has another one in the same tick. Some are routed to it, one
// who is new and would share at once; others have not been told anything yet, one who is served
// after all rooms.
TEST_P(StationSharing, APlayerInAnothersPlaceTakesNobodyAlong) {
  const ClipMemory other(testing::Speech(5'000, 3, layout::kClipRateHz, 11));
  batch_.push_back(testing::OpenPlayer({}, music_.id(), 0));
  AddHearers(5);
  HearMusic(4, layout::kNone);
  Run(60);
  batch_.push_back(testing::ClosePlayer({}));
  batch_.push_back(testing::OpenPlayer({.generation = 2}, other.id(), 0));
  for (const uint32_t slot : {0, 1}) HearMusic(slot);
  AddHearers(1);
  Run(SharedStreams::kAlikeTurns);
  ExpectToTheBit();
  EXPECT_NE(parties_[0]->said_to, parties_[4]->said_to);
}

// A second player may sound at any time: who has two is coded as its own.
TEST_P(StationSharing, WhoHearsAnAnnouncementBesideItIsCodedAlone) {
  const ClipMemory announcement(testing::Speech(5'000, 0.4, layout::kClipRateHz, 11));
  batch_.push_back(testing::OpenPlayer({}, music_.id(), 0));
  AddHearers(4);
  Run(60);
  batch_.push_back(testing::OpenPlayer({.slot = 1}, announcement.id()));
  testing::Route both;
  both.sends = Sends::kNobody;
  both.hears = Hears::kSilence;
  both.player = 0;
  both.player_beside = 1;
  batch_.push_back(testing::RouteLeg({.slot = 0}, both));
  Run(60);
  ExpectToTheBit();
  EXPECT_NE(parties_[0]->said_to, parties_[1]->said_to);
}

INSTANTIATE_TEST_SUITE_P(Codecs, StationSharing,
                         ::testing::Values(CodecFormat{layout::Codec::kOpus, 16'000},
                                           CodecFormat{layout::Codec::kG722, 16'000}),
                         [](const auto& of) {
                           return std::string(of.param.codec == layout::Codec::kOpus ? "Opus"
                                                                                     : "G722");
                         });

}  // namespace
}  // namespace parley
