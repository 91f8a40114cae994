// Those who have spoken come back to the encoder that listeners share, without a seam.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "testing/sharing_room.h"
#include "testing/signals.h"

namespace parley {
namespace {

using layout::Codec;
using layout::Hears;
using layout::Sends;
using testing::FarEnd;
using testing::SharingRoom;

// When the mix has been quiet, a listener comes back unheard: from its first frame on it hears what
// those hear who were there all the time.
TEST_F(SharingRoom, OpusRejoinsInQuiet) {
  Add(kL16, false);
  for (int listener = 0; listener < 3; ++listener) Add(kOpus, true);
  Run(60);
  Mute(1, false);
  Run(60);
  Mute(1, true);
  Run(30);
  EXPECT_EQ(stats().encoders_rejoined, 2u) << "not in speech, before its time";
  Mute(0, true);
  Run(6);
  EXPECT_EQ(stats().encoders_rejoined, 3u);
  EXPECT_EQ(stats().encoder_join_frames, 0u);
  const size_t again = parties_[1]->sent.size();
  Mute(0, false);
  Run(60);
  for (size_t turn = again + 3; turn < again + 60; ++turn) {
    EXPECT_EQ(parties_[1]->sent[turn], parties_[2]->sent[turn]);
    EXPECT_GE(SnrDb(1, turn), 45) << turn - again;
  }
}

// In speech that does not end, it comes back after two seconds, in a frame without prediction;
// never more than one a second. What it hears from then on is nearer to what the others hear than
// two encoders of the same sound are to each other.
TEST_F(SharingRoom, OpusRejoinsInSpeech) {
  Add(kL16, false).voice = Babble();
  for (int listener = 0; listener < 3; ++listener) Add(kOpus, true);
  Run(60);
  constexpr int kTimes = 10;
  double apart = 0;
  double first = 0;
  double later = 0;
  for (int time = 0; time < kTimes; ++time) {
    Mute(1, false);
    Run(37);
    Mute(1, true);
    const uint32_t turns = RunToRejoin(110);
    EXPECT_GT(turns, 70u);
    const size_t at = parties_[1]->sent.size() - 1;
    Run(60);
    apart += SnrDb(1, at - 1) / kTimes;
    first += SnrDb(1, at) / kTimes;
    later += SnrDb(1, at + 3) / kTimes;
    for (size_t turn = at; turn < at + 60; ++turn) {
      EXPECT_EQ(parties_[1]->sent[turn], parties_[2]->sent[turn]);
      EXPECT_GE(SnrDb(1, turn), 15) << turn - at << " of " << time;
    }
  }
  EXPECT_GE(first, apart + 6);
  EXPECT_GE(later, 45);
  EXPECT_EQ(stats().encoder_join_frames, uint64_t{kTimes});
  EXPECT_EQ(stats().encoders_forked, uint64_t{kTimes});
}

// It is led there while others speak, by no more than the codec's own noise, and arrives to the
// bit.
TEST_F(SharingRoom, G722RejoinsToTheBit) {
  Add(kL16, false).voice = Babble();
  for (int listener = 0; listener < 3; ++listener) Add(kG722, true);
  Run(60);
  for (int time = 0; time < 10; ++time) {
    Mute(1, false);
    Run(37);
    Mute(1, true);
    const uint32_t turns = RunToRejoin(300);
    const size_t at = parties_[1]->sent.size();
    Run(30);
    for (size_t turn = at - turns + 26; turn < at + 30; ++turn) {
      EXPECT_GE(SnrDb(1, turn), 15) << turn << " of " << time;
    }
    for (size_t turn = at; turn < at + 30; ++turn) {
      EXPECT_EQ(parties_[1]->sent[turn], parties_[2]->sent[turn]);
      EXPECT_GE(SnrDb(1, turn), 90) << turn - at;
    }
  }
}

// Who joins while others listen is soon one of them.
TEST_F(SharingRoom, ANewListenerSharesWithinASecond) {
  Add(kL16, false).voice = Babble();
  for (int listener = 0; listener < 3; ++listener) Add(kOpus, true);
  Run(200);
  for (int time = 0; time < 3; ++time) {
    Add(kOpus, true);
    Run(60);
  }
  EXPECT_EQ(stats().encoders_rejoined, 2u + 3u);
  EXPECT_EQ(stats().encoder_join_frames, 3u);
  EXPECT_EQ(parties_.back()->sent.back(), parties_[1]->sent.back());
}

// Two minutes of everybody speaking, listening, whispering and being held as chance will have it:
// what each hears is as good as if it had been coded alone all the time.
TEST_F(SharingRoom, SoundsLikeAlwaysAlone) {
  constexpr uint32_t kTurns = 6'000;
  constexpr uint32_t kLegs = 20;
  Add(kL16, false).voice = Babble();
  while (parties_.size() < 8) Add(kOpus, true, {.complexity = 0});
  while (parties_.size() < 10) {
    Add(kOpus, true, {.max_playback_rate_hz = 8'000, .complexity = 0, .fec = true});
  }
  while (parties_.size() < 16) Add(kG722, true);
  while (parties_.size() < 18) Add({Codec::kPcmu, 8'000}, true);
  while (parties_.size() < kLegs) Add(kL16, true);
  std::minstd_rand random(5);
  const auto draw = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  for (uint32_t turn = 0; turn < kTurns; ++turn) {
    const uint32_t leg = draw(kLegs);
    switch (draw(150)) {
      case 0:
      case 1:
        Mute(leg, false);
        break;
      case 2:
        Mute(leg, true, Hears::kSilence);
        break;
      case 3:
        batch_.push_back(testing::RouteLeg({.slot = leg},
                                           {.sends = Sends::kWhisper, .whisper_to = draw(kLegs)}));
        break;
      default:
        if (draw(50) == 0) Mute(leg, true);
    }
    Turn();
  }
  for (const auto& party : parties_) {
    if (party->encoder.is_stateless()) continue;
    const bool is_opus = party->caller.format() == kOpus;
    // Of the encoder and the decoder: 6.5 ms; two filter banks.
    const size_t delay = is_opus ? 104 : 22;
    const auto quality = [&](const FarEnd& end) {
      return testing::SegmentalSnrDb(party->said_to, std::span(end.heard()).subspan(delay),
                                     kRateHz);
    };
    const auto distance = [&](const FarEnd& end) {
      return testing::SpectralDistanceDb(party->said_to, std::span(end.heard()).subspan(delay),
                                         kRateHz);
    };
    // What Opus takes for noise, it learns over seconds. One that was silent for a while codes
    // babble by 1.5 dB better for as long as it has not, shared or not.
    EXPECT_GE(quality(party->real), quality(party->alone) - (is_opus ? 1.5 : 0.3));
    EXPECT_LE(distance(party->real), distance(party->alone) + 0.3);
  }
  EXPECT_GT(stats().encoders_forked, 50u);
  EXPECT_GT(stats().encoders_rejoined, 50u);
  EXPECT_GT(stats().encoder_join_frames, 5u);
  EXPECT_GT(stats().encodes_shared, kTurns);
}

}  // namespace
}  // namespace parley
