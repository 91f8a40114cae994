#include "mixer/mixer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "testing/allocation_trap.h"

namespace parley {
namespace {

constexpr size_t kFrameSizes[] = {160, 320, 480, 960};
constexpr size_t kLegsMax = 60;

// A room as the engine keeps it: frames, routes and states of its legs, and where outputs go.
class Room {
 public:
  Room(size_t legs_count, size_t frame_samples)
      : legs(legs_count),
        states(legs_count),
        inputs(legs_count, std::vector<int16_t>(frame_samples)),
        outputs(legs_count, std::vector<int16_t>(frame_samples)),
        shared(frame_samples),
        mixer_(legs_count) {
    for (size_t i = 0; i < legs_count; ++i) {
      legs[i] = {.input = inputs[i], .hears_room = true, .output = outputs[i], .state = &states[i]};
    }
  }

  MixSummary Mix() { return mixer_.Mix(legs, room, shared); }
  std::vector<int32_t> Sum() const {
    const std::span<const int32_t> sum = mixer_.sum(shared.size());
    return {sum.begin(), sum.end()};
  }
  bool MixWaiting(size_t i, std::span<const int32_t> sum) {
    return mixer_.MixWaiting(sum, inputs[i], states[i], outputs[i]);
  }

  // What leg `i` is given by its class.
  const std::vector<int16_t>& Heard(size_t i) const {
    return states[i].mix_class == MixClass::kOwn ? outputs[i] : shared;
  }

  std::vector<MixLeg> legs;
  std::vector<LegMix> states;
  std::vector<std::vector<int16_t>> inputs;
  std::vector<std::vector<int16_t>> outputs;
  std::vector<int16_t> shared;
  RoomMix room;

 private:
  Mixer mixer_;
};

// What the contract says, for each listener from scratch: the quadratic model.
std::vector<int32_t> ModelHeard(const Room& room, size_t listener) {
  std::vector<int32_t> heard(room.shared.size(), 0);
  for (size_t i = 0; i < room.legs.size(); ++i) {
    const MixLeg& leg = room.legs[i];
    const bool is_heard =
        i != listener &&
        (leg.voice == Voice::kRoom || (leg.voice == Voice::kWhisper && leg.whisper_to == listener));
    for (size_t k = 0; is_heard && k < heard.size(); ++k) {
      heard[k] += room.inputs[i][k];
    }
  }
  return heard;
}

MixClass ModelClass(const Room& room, size_t listener) {
  if (!room.legs[listener].hears_room) {
    return MixClass::kNone;
  }
  bool is_special = room.legs[listener].voice == Voice::kRoom;
  for (size_t i = 0; i < room.legs.size(); ++i) {
    is_special = is_special || (i != listener && room.legs[i].voice == Voice::kWhisper &&
                                room.legs[i].whisper_to == listener);
  }
  return is_special ? MixClass::kOwn : MixClass::kShared;
}

void Reroute(MixLeg& leg, size_t legs_count, std::mt19937& random) {
  leg.voice = static_cast<Voice>(random() % 3);
  // Now and then itself, or a leg that is not there.
  leg.whisper_to = static_cast<uint32_t>(random() % (legs_count + 2));
  leg.hears_room = random() % 5 != 0;
}

// Random rooms whose states change all the time, quiet enough that every sum fits.
TEST(Mixer, GivesEveryListenerExactlyWhatTheModelSays) {
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    const size_t legs_count = round < 4 ? static_cast<size_t>(round) + 1 : random() % kLegsMax + 1;
    Room room(legs_count, kFrameSizes[random() % 4]);
    for (int tick = 0; tick < 12; ++tick) {
      for (size_t i = 0; i < legs_count; ++i) {
        for (int16_t& sample : room.inputs[i]) {
          sample = static_cast<int16_t>(static_cast<int>(random() % 973) - 486);
        }
        if (tick == 0 || random() % 4 == 0) {
          Reroute(room.legs[i], legs_count, random);
        }
        std::fill(room.outputs[i].begin(), room.outputs[i].end(), int16_t{-12'345});
      }
      const MixSummary summary = room.Mix();
      uint32_t contributors = 0;
      uint32_t shared_listeners = 0;
      uint32_t own = 0;
      for (size_t i = 0; i < legs_count; ++i) {
        const MixClass expected_class = ModelClass(room, i);
        ASSERT_EQ(room.states[i].mix_class, expected_class);
        contributors += room.legs[i].voice == Voice::kRoom ? 1 : 0;
        shared_listeners += expected_class == MixClass::kShared ? 1 : 0;
        own += expected_class == MixClass::kOwn ? 1 : 0;
        if (expected_class != MixClass::kOwn) {
          ASSERT_EQ(room.outputs[i], std::vector<int16_t>(room.shared.size(), -12'345))
              << "written although the leg has no mix of its own";
        }
        if (expected_class != MixClass::kNone) {
          const std::vector<int32_t> expected = ModelHeard(room, i);
          ASSERT_TRUE(std::equal(expected.begin(), expected.end(), room.Heard(i).begin()))
              << legs_count << " legs, listener " << i;
        }
      }
      EXPECT_EQ(summary.contributors, contributors);
      EXPECT_EQ(summary.shared_listeners, shared_listeners);
      EXPECT_EQ(summary.mixes, own + (shared_listeners > 0 ? 1 : 0));
      EXPECT_EQ(summary.mixes_limited, 0U);
    }
  }
}

TEST(Mixer, NobodyHearsHimself) {
  for (const size_t size : kFrameSizes) {
    Room room(3, size);
    room.legs[0].voice = Voice::kRoom;
    room.inputs[0].assign(size, 20'000);
    room.legs[1].voice = Voice::kWhisper;
    room.legs[1].whisper_to = 1;
    room.inputs[1].assign(size, 10'000);
    room.Mix();
    EXPECT_EQ(room.Heard(0), std::vector<int16_t>(size, 0));
    EXPECT_EQ(room.Heard(1), std::vector<int16_t>(size, 20'000));
    EXPECT_EQ(room.states[1].mix_class, MixClass::kShared);
  }
}

// The coach changes what it does and whom it coaches, and the coached leg mutes, at every tick:
// each frame reaches its target and nobody else, from the very first.
TEST(Mixer, AWhisperReachesExactlyItsTargetInEveryFrame) {
  std::mt19937 random(2);
  constexpr size_t kLegs = 8;
  constexpr size_t kCoach = 0;
  Room room(kLegs, 160);
  for (int tick = 0; tick < 500; ++tick) {
    // Only the coach's voice is odd: a sum tells whether it is in it.
    for (size_t i = 0; i < kLegs; ++i) {
      room.inputs[i].assign(160, static_cast<int16_t>(i == kCoach ? 1 : 2 * i));
      room.legs[i].voice = random() % 2 == 0 ? Voice::kRoom : Voice::kNobody;
      room.legs[i].hears_room = random() % 4 != 0;
    }
    room.legs[kCoach].voice = Voice::kWhisper;
    room.legs[kCoach].whisper_to = static_cast<uint32_t>(1 + random() % (kLegs - 1));
    room.Mix();
    for (size_t i = 0; i < kLegs; ++i) {
      if (room.legs[i].hears_room) {
        const bool hears_coach = room.Heard(i)[random() % 160] % 2 != 0;
        ASSERT_EQ(hears_coach, i == room.legs[kCoach].whisper_to) << tick << ' ' << i;
      }
    }
  }
}

TEST(Mixer, SeveralWhispersToOneTargetAddUp) {
  Room room(5, 160);
  room.legs[4].voice = Voice::kRoom;
  room.inputs[4].assign(160, 1000);
  for (const size_t coach : {0, 1, 2}) {
    room.legs[coach].voice = Voice::kWhisper;
    room.legs[coach].whisper_to = 3;
    room.inputs[coach].assign(160, static_cast<int16_t>(1 << coach));
  }
  const MixSummary summary = room.Mix();
  EXPECT_EQ(room.Heard(3), std::vector<int16_t>(160, 1007));
  EXPECT_EQ(room.Heard(0), std::vector<int16_t>(160, 1000));
  EXPECT_EQ(summary.shared_listeners, 3U);
  EXPECT_EQ(summary.mixes, 3U);
}

TEST(Mixer, AWhisperToADeafLegIsHeardByNobody) {
  Room room(3, 160);
  room.legs[0].voice = Voice::kWhisper;
  room.legs[0].whisper_to = 1;
  room.inputs[0].assign(160, 5000);
  room.legs[1].hears_room = false;
  room.Mix();
  EXPECT_EQ(room.states[1].mix_class, MixClass::kNone);
  EXPECT_EQ(room.Heard(2), std::vector<int16_t>(160, 0));
  EXPECT_EQ(room.outputs[1], std::vector<int16_t>(160, 0));
}

TEST(Mixer, AnEmptyRoomMixesNothing) {
  Mixer mixer(4);
  RoomMix room;
  std::vector<int16_t> shared(160, 77);
  const MixSummary summary = mixer.Mix({}, room, shared);
  EXPECT_EQ(summary.mixes, 0U);
  EXPECT_EQ(shared, std::vector<int16_t>(160, 77));
}

// Loud: contributors 0 and 1 at 30,000 each; leg 2 passive.
class LoudRoom : public ::testing::Test {
 protected:
  LoudRoom() : room_(4, 160) {
    for (size_t i = 0; i < 4; ++i) {
      room_.inputs[i].assign(160, 30'000);
    }
    room_.legs[0].voice = Voice::kRoom;
    room_.legs[1].voice = Voice::kRoom;
    room_.legs[3].hears_room = false;
  }

  Room room_;
};

TEST_F(LoudRoom, LimitsTheClassesThatNeedItAndThoseOnly) {
  // Leg 0 and 1 hear one voice of 30,000, which is above the ceiling; leg 2 hears both.
  EXPECT_EQ(room_.Mix().mixes_limited, 3U);
  room_.inputs[1].assign(160, 20'000);
  room_.states[0] = {};
  room_.states[0].mix_class = MixClass::kOwn;
  const MixSummary summary = room_.Mix();
  EXPECT_EQ(room_.Heard(0), std::vector<int16_t>(160, 20'000));
  EXPECT_EQ(summary.mixes_limited, 2U);
}

TEST_F(LoudRoom, ALegThatLeavesTheSharedClassTakesItsGainAlong) {
  for (int tick = 0; tick < 3; ++tick) {
    room_.Mix();
  }
  const float shared_gain = room_.room.limiter.gain();
  EXPECT_NEAR(shared_gain, static_cast<float>(kLimiterHeld) / 60'000.0F, 1e-3F);
  // It now says something that cannot be heard, so that its mix is the shared one.
  room_.legs[2].voice = Voice::kRoom;
  room_.inputs[2].assign(160, 0);
  const std::vector<int16_t> before = room_.shared;
  room_.Mix();
  EXPECT_EQ(room_.states[2].mix_class, MixClass::kOwn);
  EXPECT_EQ(room_.Heard(2), before);
  EXPECT_EQ(room_.states[2].limiter.gain(), shared_gain);
}

TEST_F(LoudRoom, ASharedClassThatComesToLifeTakesTheGainOfItsFirstListener) {
  room_.legs[2].voice = Voice::kRoom;
  room_.inputs[2].assign(160, 0);
  for (int tick = 0; tick < 3; ++tick) {
    room_.Mix();
  }
  EXPECT_FALSE(room_.room.shared_heard);
  const std::vector<int16_t> before = room_.Heard(2);
  room_.legs[2].voice = Voice::kNobody;
  room_.Mix();
  EXPECT_TRUE(room_.room.shared_heard);
  EXPECT_EQ(room_.Heard(2), before);
}

TEST_F(LoudRoom, AClassThatNobodyHeardBeginsAfresh) {
  room_.Mix();
  EXPECT_LT(room_.room.limiter.gain(), 1.0F);
  room_.legs[2].hears_room = false;
  room_.Mix();
  room_.inputs[0].assign(160, 1000);
  room_.inputs[1].assign(160, 2000);
  room_.legs[2].hears_room = true;
  room_.Mix();
  EXPECT_EQ(room_.Heard(2), std::vector<int16_t>(160, 3000));
}

// The same legs in two rooms, loud and soft by turns: in the one each mix of one's own that may
// wait is made afterwards.
TEST(Mixer, WhatWaitsIsToTheBitWhatItWouldHaveBeen) {
  constexpr size_t kLegs = 12;
  std::mt19937 random(5);
  Room at_once(kLegs, 160);
  Room later(kLegs, 160);
  for (MixLeg& leg : later.legs) leg.may_wait = true;
  uint32_t waited = 0;
  for (int tick = 0; tick < 300; ++tick) {
    for (size_t i = 0; i < kLegs; ++i) {
      const auto most = int32_t{1} << random() % 15;
      for (int16_t& sample : at_once.inputs[i]) {
        sample = static_cast<int16_t>(
            static_cast<int32_t>(random() % (2 * static_cast<uint32_t>(most))) - most);
      }
      later.inputs[i] = at_once.inputs[i];
      if (random() % 8 == 0) Reroute(at_once.legs[i], kLegs, random);
      later.legs[i].voice = at_once.legs[i].voice;
      later.legs[i].whisper_to = at_once.legs[i].whisper_to;
      later.legs[i].hears_room = at_once.legs[i].hears_room;
    }
    const MixSummary expected = at_once.Mix();
    MixSummary summary = later.Mix();
    EXPECT_EQ(summary.mixes, expected.mixes);
    const std::vector<int32_t> sum = later.Sum();
    for (size_t i = 0; i < kLegs; ++i) {
      const bool is_plain =
          ModelClass(at_once, i) == MixClass::kOwn &&
          std::ranges::none_of(at_once.legs, [&](const MixLeg& leg) {
            return leg.voice == Voice::kWhisper && leg.whisper_to == i && &leg != &at_once.legs[i];
          });
      ASSERT_EQ(later.states[i].is_waiting, is_plain);
      if (is_plain) {
        summary.mixes_limited += later.MixWaiting(i, sum) ? 1 : 0;
        ++waited;
      }
      ASSERT_EQ(later.states[i].mix_class, at_once.states[i].mix_class);
      if (at_once.states[i].mix_class != MixClass::kNone) {
        ASSERT_EQ(later.Heard(i), at_once.Heard(i)) << "leg " << i << " in tick " << tick;
      }
    }
    EXPECT_EQ(summary.mixes_limited, expected.mixes_limited);
  }
  EXPECT_GT(waited, 300U);
}

TEST(Mixer, HoldsTheLoudestRoomThereIs) {
  Room room(kLegsMax, 160);
  for (size_t i = 0; i < kLegsMax; ++i) {
    room.legs[i].voice = Voice::kRoom;
    room.inputs[i].assign(160, INT16_MIN);
  }
  room.Mix();
  room.Mix();
  for (size_t i = 0; i < kLegsMax; ++i) {
    for (const int16_t sample : room.Heard(i)) {
      ASSERT_NEAR(sample, -static_cast<int>(kLimiterHeld), 2);
    }
  }
}

TEST(Mixer, AllocatesNothingInATick) {
  Room room(kLegsMax, 960);
  std::mt19937 random(3);
  for (size_t i = 0; i < kLegsMax; ++i) {
    Reroute(room.legs[i], kLegsMax, random);
    room.inputs[i].assign(960, static_cast<int16_t>(random()));
  }
  const testing::AllocationTrap trap;
  room.Mix();
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley
