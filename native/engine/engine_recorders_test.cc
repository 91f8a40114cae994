// What is taken down of a room: who was heard, from which frame to which, and nothing else.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/clip_memory.h"
#include "testing/full_length.h"
#include "testing/listening_test.h"
#include "testing/recording_memory.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::EventKind;
using layout::Hears;
using layout::RecorderMode;
using layout::RecorderSource;
using layout::Sends;
using testing::ClipMemory;
using testing::LaneCaller;
using testing::RecorderSlot;
using testing::RecordingMemory;

using Samples = std::vector<int16_t>;

Samples operator+(Samples a, const Samples& b) {
  a.resize(std::max(a.size(), b.size()));
  for (size_t at = 0; at < b.size(); ++at) a[at] = static_cast<int16_t>(a[at] + b[at]);
  return a;
}

Samples Silence(uint32_t frames, size_t frame_samples = 320) {
  return Samples(frames * frame_samples);
}

class EngineRecordersTest : public testing::ListeningTest {
 protected:
  void OpenRoom(uint32_t phase = 0) { shard_.Command({testing::OpenRoom(0, 16000, phase)}); }

  // Everybody says something of their own for so many frames, each sample another; kept in said_.
  void Talk(uint32_t frames) {
    said_.resize(callers_.size());
    for (uint32_t frame = 0; frame < frames; ++frame) {
      for (size_t at = 0; at < callers_.size(); ++at) {
        Samples sound(callers_[at]->frame_samples());
        for (int16_t& sample : sound) sample = static_cast<int16_t>(random_() % 4'000) - 2'000;
        callers_[at]->Send(shard_, sound);
        said_[at].insert(said_[at].end(), sound.begin(), sound.end());
      }
      Turn();
    }
  }
  Samples TakeSaid(size_t caller) { return std::exchange(said_[caller], {}); }

  testing::Tap Leg(uint32_t slot, RecorderSource source) {
    return {.source = source, .leg = {.slot = slot}};
  }

  std::minstd_rand random_{3};
  std::vector<Samples> said_;
};

TEST_F(EngineRecordersTest, TheSumOfThoseHeardFromTheFirstFrameToTheLastAndNothingElse) {
  OpenRoom();
  const ClipMemory music(Samples(480'000, 9'000));
  const ClipMemory secret(Samples(480'000, 7'000));
  shard_.Command({testing::OpenPlayer({.slot = 0}, music.id(), 0),
                  testing::OpenPlayer({.slot = 1}, secret.id(), 0)});
  OpenLane(0, kWide, {});
  OpenLane(1, kWide, {.player = 1});                                // told something alone
  OpenLane(2, kWide, {.sends = Sends::kNobody});                    // muted
  OpenLane(3, kWide, {.sends = Sends::kWhisper, .whisper_to = 0});  // coach
  OpenLane(4, kWide, Alone(0, 0));                                  // on hold
  RecordingMemory recording(16000);
  Talk(7);
  said_.clear();
  shard_.Command({testing::OpenRecorder({}, recording.id())});
  Talk(100);
  shard_.Command({testing::CloseRecorder({})});
  const Samples sum = TakeSaid(0) + TakeSaid(1);
  Talk(3);
  EXPECT_EQ(recording.File(), sum);
  EXPECT_EQ(recording.frames(), 100u);
  EXPECT_TRUE(recording.ended());
  EXPECT_EQ(recording.lost(), 0u);
  EXPECT_EQ(Told(EventKind::kRecorderClosed), 1u);
  EXPECT_EQ(refused(), 0u);
}

TEST_F(EngineRecordersTest, BeginsInTheBatchThatBridgesTheFirstTwoWhateverThePhase) {
  for (uint32_t phase = 0; phase < kPhasesPerFrame; ++phase) {
    const auto room = phase;
    const uint32_t first = phase * 2;
    shard_.Command({testing::OpenRoom(room, 16000, phase)});
    OpenLane(first, kWide, Alone(0, room));
    OpenLane(first + 1, kWide, Alone(0, room));
    Talk(3);
    said_.clear();
    RecordingMemory recording(16000);
    shard_.Command({testing::RouteLeg({.slot = first}, {.room = room}),
                    testing::RouteLeg({.slot = first + 1}, {.room = room}),
                    testing::OpenRecorder({.slot = phase}, recording.id(), {.room = room})});
    Talk(20);
    shard_.Command({testing::RouteLeg({.slot = first}, Alone(0, room)),
                    testing::CloseRecorder({.slot = phase})});
    const Samples sum = TakeSaid(first) + TakeSaid(first + 1);
    Talk(1);
    EXPECT_EQ(recording.File(), sum) << phase;
  }
}

TEST_F(EngineRecordersTest, MuteAndHoldActInTheFrameInWhichTheyAreHeardToAct) {
  OpenRoom();
  OpenLane(0, kWide, {});
  OpenLane(1, kWide, {});
  RecordingMemory recording(16000);
  shard_.Command({testing::OpenRecorder({}, recording.id())});
  Talk(10);
  Samples expected = TakeSaid(0) + TakeSaid(1);
  const auto append = [&](const Samples& more) {
    expected.insert(expected.end(), more.begin(), more.end());
  };
  shard_.Command({testing::RouteLeg({.slot = 1}, {.sends = Sends::kNobody})});
  Talk(10);
  append(TakeSaid(0));
  said_[1].clear();
  shard_.Command({testing::RouteLeg({.slot = 0}, Alone(0, 0)), testing::RouteLeg({.slot = 1}, {})});
  Talk(10);
  append(TakeSaid(1));
  said_[0].clear();
  // Everybody on hold: silence is recorded.
  shard_.Command({testing::RouteLeg({.slot = 1}, Alone(0, 0))});
  Talk(10);
  append(Silence(10));
  EXPECT_EQ(recording.File(), expected);
}

TEST_F(EngineRecordersTest, APauseInSilenceIsAsLongAsItWasAndASkippedOneTakesNoTime) {
  OpenRoom();
  OpenLane(0, kWide, {});
  RecordingMemory silent(16000);
  RecordingMemory skipping(16000);
  const RecorderSlot a = {.slot = 0};
  const RecorderSlot b = {.slot = 1};
  shard_.Command({testing::OpenRecorder(a, silent.id()), testing::OpenRecorder(b, skipping.id())});
  Talk(50);
  const Samples before = TakeSaid(0);
  shard_.Command({testing::SetRecorder(a, RecorderMode::kSilent),
                  testing::SetRecorder(b, RecorderMode::kSkipping)});
  silent.Drain();
  Talk(250);  // 5 s
  TakeSaid(0);
  shard_.Command({testing::SetRecorder(a, RecorderMode::kRecording),
                  testing::SetRecorder(b, RecorderMode::kRecording)});
  silent.Drain();
  Talk(50);
  const Samples after = TakeSaid(0);
  shard_.Command({testing::CloseRecorder(a), testing::CloseRecorder(b)});
  Talk(1);

  Samples with = before;
  with.resize(with.size() + Silence(250).size());
  with.insert(with.end(), after.begin(), after.end());
  EXPECT_EQ(silent.File(), with);
  EXPECT_EQ(silent.frames(), 350u);
  Samples without = before;
  without.insert(without.end(), after.begin(), after.end());
  EXPECT_EQ(skipping.File(), without);
  EXPECT_EQ(skipping.frames(), 100u);
  // The reader can tell both.
  EXPECT_EQ(silent.heads()[50].mode, static_cast<uint32_t>(RecorderMode::kSilent));
  EXPECT_EQ(silent.heads()[300].mode, static_cast<uint32_t>(RecorderMode::kRecording));
  const auto& heads = skipping.heads();
  EXPECT_EQ(heads[50].at - heads[49].at, 1u);
  EXPECT_EQ(heads[50].turn - heads[49].turn, 251u);
}

TEST_F(EngineRecordersTest, TheSidesOfACallAndItsTracksAddUpToTheRoom) {
  OpenRoom();
  for (uint32_t slot = 0; slot < 3; ++slot) OpenLane(slot, kWide, {});
  OpenLane(3, kWide, {.sends = Sends::kWhisper, .whisper_to = 0});
  RecordingMemory room(16000);
  RecordingMemory inbound(16000);
  RecordingMemory outbound(16000);
  RecordingMemory both(16000);
  RecordingMemory dual(16000, 2);
  RecordingMemory coach(16000);
  shard_.Command(
      {testing::OpenRecorder({.slot = 0}, room.id()),
       testing::OpenRecorder({.slot = 1}, inbound.id(), Leg(0, RecorderSource::kInbound)),
       testing::OpenRecorder({.slot = 2}, outbound.id(), Leg(0, RecorderSource::kOutbound)),
       testing::OpenRecorder({.slot = 3}, both.id(), Leg(0, RecorderSource::kBoth)),
       testing::OpenRecorder({.slot = 4}, dual.id(), Leg(0, RecorderSource::kBoth)),
       testing::OpenRecorder({.slot = 5}, coach.id(), Leg(3, RecorderSource::kInbound))});
  Talk(20);
  const Samples own = TakeSaid(0);
  const Samples others = TakeSaid(1) + TakeSaid(2);
  EXPECT_EQ(inbound.File(), own);
  EXPECT_EQ(outbound.File(), others);  // without what the coach says to it
  EXPECT_EQ(both.File(), own + others);
  EXPECT_EQ(room.File(), inbound.File() + outbound.File());
  EXPECT_EQ(coach.File(), Silence(20));
  const Samples& file = dual.File();
  ASSERT_EQ(file.size(), own.size() * 2);
  for (size_t at = 0; at < own.size(); ++at) {
    ASSERT_EQ(file[at * 2], own[at]);
    ASSERT_EQ(file[at * 2 + 1], others[at]);
  }
  // All on one clock.
  EXPECT_EQ(room.turn(), dual.turn());
  EXPECT_EQ(room.heads().front().turn, inbound.heads().front().turn);
  EXPECT_EQ(refused(), 0u);
}

TEST_F(EngineRecordersTest, ACallOnHoldOrGoneIsSilentAndHearsNothing) {
  OpenRoom();
  const ClipMemory music(Samples(480'000, 9'000));
  shard_.Command({testing::OpenPlayer({}, music.id(), 0)});
  OpenLane(0, kWide, Alone(0, 0));
  OpenLane(1, kWide, {});
  RecordingMemory both(16000);
  shard_.Command({testing::OpenRecorder({}, both.id(), Leg(0, RecorderSource::kBoth))});
  Talk(5);
  shard_.Command({testing::RouteLeg({.slot = 0}, {.room = layout::kNone})});
  Talk(5);
  shard_.Command({testing::CloseLeg({.slot = 0})});
  Talk(5);
  // Another call in its slot is another call.
  LaneCaller next({.slot = 0, .generation = 2}, kWide);
  shard_.lane_head(0) = {};
  shard_.Command({Record::From(next.OpenLeg()), testing::RouteLeg(next.leg(), {})});
  Talk(5);
  shard_.Command({testing::CloseRoom(0)});
  Talk(5);
  EXPECT_EQ(both.File(), Silence(25));
  EXPECT_FALSE(both.ended());
  shard_.Command({testing::CloseRecorder({})});
  Talk(1);
  EXPECT_TRUE(both.ended());
  EXPECT_EQ(both.frames(), 25u);
}

TEST_F(EngineRecordersTest, WhatIsPlayedToTheRoomIsInItButNotForWhomItIsNot) {
  OpenRoom();
  OpenLane(0, kWide, {.sends = Sends::kNobody});
  OpenLane(1, kWide, {.sends = Sends::kNobody});
  const ClipMemory beep(Samples(480'000, 500));
  RecordingMemory room(16000);
  RecordingMemory spared(16000);
  RecordingMemory other(16000);
  shard_.Command(
      {testing::OpenRecorder({.slot = 0}, room.id()),
       testing::OpenRecorder({.slot = 1}, spared.id(), Leg(0, RecorderSource::kOutbound)),
       testing::OpenRecorder({.slot = 2}, other.id(), Leg(1, RecorderSource::kOutbound)),
       testing::OpenPlayer({}, beep.id()), testing::PlayToRoom(0, {}, 0)});
  Talk(5);
  EXPECT_EQ(room.File().back(), 500);
  EXPECT_EQ(other.File().back(), 500);
  EXPECT_EQ(spared.File(), Silence(5));
}

TEST_F(EngineRecordersTest, LoudestVoicesAreTakenDownAsTheyAreAndMixesAsTheyAreHeard) {
  OpenRoom();
  OpenLane(0, kWide, {});
  OpenLane(1, kWide, {});
  OpenLane(2, kWide, {.sends = Sends::kNobody});
  RecordingMemory room(16000);
  RecordingMemory inbound(16000);
  shard_.Command(
      {testing::OpenRecorder({.slot = 0}, room.id()),
       testing::OpenRecorder({.slot = 1}, inbound.id(), Leg(0, RecorderSource::kInbound))});
  Forget();
  for (uint32_t frame = 0; frame < 50; ++frame) {
    callers_[0]->Send(shard_, Samples(320, 32'767));
    callers_[1]->Send(shard_, Samples(320, frame < 25 ? 30'000 : 0));
    Turn();
  }
  EXPECT_EQ(inbound.File(), Samples(50 * 320, 32'767));
  EXPECT_EQ(room.File(), callers_[2]->heard());
}

TEST_F(EngineRecordersTest, ARingThatIsNotReadLosesWhatItHasNoPlaceForAndSaysHowMuch) {
  OpenRoom();
  OpenLane(0, kWide, {});
  RecordingMemory recording(16000, 1, 64);
  shard_.Command({testing::OpenRecorder({}, recording.id())});
  Talk(100);
  EXPECT_EQ(recording.lost(), 36u);
  EXPECT_EQ(recording.frames(), 100u);
  recording.Drain();
  Talk(10);
  shard_.Command({testing::CloseRecorder({})});
  Samples expected = TakeSaid(0);
  Talk(1);
  std::fill(expected.begin() + 64 * 320, expected.begin() + 100 * 320, int16_t{0});
  EXPECT_EQ(recording.File(), expected);
  EXPECT_EQ(recording.heads()[64].lost, 36u);
  EXPECT_EQ(recording.heads()[64].at, 100u);
  EXPECT_EQ(shard_.engine().stats()->recorded_frames_lost, 36u);
  EXPECT_EQ(shard_.engine().stats()->recorded_frames, 74u);
}

TEST_F(EngineRecordersTest, TurnsThatWereGivenUpAreInTheFileAsSilence) {
  OpenRoom(2);
  OpenLane(0, kWide, {});
  RecordingMemory recording(16000);
  shard_.Command({testing::OpenRecorder({}, recording.id())});
  Talk(10);
  const Samples before = TakeSaid(0);
  for (const uint32_t ticks : {4u * 7, 1u, 2u, 1u}) shard_.engine().GiveUpTicks(ticks);
  Talk(10);
  const Samples after = TakeSaid(0);
  shard_.engine().GiveUpTicks(4 * 5);
  shard_.Command({testing::CloseRecorder({})});
  shard_.Tick(4);
  Samples expected = before;
  expected.resize(expected.size() + 8 * 320);
  expected.insert(expected.end(), after.begin(), after.end());
  expected.resize(expected.size() + 5 * 320);
  EXPECT_EQ(recording.File(), expected);
  EXPECT_EQ(recording.lost(), 0u);
}

TEST_F(EngineRecordersTest, GoesOnThroughChangesOfTheRoomsRateWithoutASeam) {
  OpenRoom();
  const ClipMemory tone(Tone48(30.0));
  OpenLane(0, kFull, {.sends = Sends::kNobody});
  shard_.Command({testing::OpenPlayer({}, tone.id()), testing::PlayToRoom(0, {})});
  Turn(2);
  for (const uint32_t rate_hz : {8000u, 16000u, 48000u}) {
    RecordingMemory recording(rate_hz);
    shard_.Command({testing::SetRoomRate(0, rate_hz)});
    Turn(5);
    shard_.Command({testing::OpenRecorder({.slot = 0, .generation = rate_hz}, recording.id())});
    Turn(10);
    for (const uint32_t other_hz : {48000u, 8000u, 16000u, 8000u, 48000u}) {
      shard_.Command({testing::SetRoomRate(0, other_hz)});
      Turn(10);
    }
    shard_.Command({testing::CloseRecorder({.slot = 0, .generation = rate_hz})});
    Turn(1);
    const Samples& file = recording.File();
    EXPECT_EQ(recording.frames(), 60u);
    // Largest step of the tone from sample to sample, and a tenth of it.
    const double step = kAmplitude * 6.283 * kToneHz / rate_hz;
    EXPECT_EQ(testing::Discontinuities(file, kToneHz, step / 10, rate_hz), 0u) << rate_hz;
    const Samples middle(file.begin() + static_cast<long>(file.size() / 4), file.end());
    EXPECT_NEAR(testing::Decibels(testing::ToneAmplitude(middle, kToneHz, rate_hz), kAmplitude), 0,
                1.0)
        << rate_hz;
  }
  EXPECT_EQ(refused(), 0u);
}

// Hours of a conference whose members come and go, with changes of its rate and pauses: as long as
// it was, to the frame.
TEST_F(EngineRecordersTest, HoursAreAsLongAsTheConferenceToTheFrame) {
  OpenRoom(3);
  OpenLane(0, kWide, {});
  OpenLane(1, {layout::Codec::kLinear16, 8000}, {});
  RecordingMemory recording(16000);
  RecordingMemory track(16000);
  shard_.Command(
      {testing::OpenRecorder({.slot = 0}, recording.id()),
       testing::OpenRecorder({.slot = 1}, track.id(), Leg(0, RecorderSource::kInbound))});
  const uint32_t turns = 50 * 3600 * (testing::IsFullLength() ? 24 : 2);
  constexpr std::array<uint32_t, 3> kRates = {8000, 16000, 48000};
  uint32_t at = 0;
  uint32_t samples_of_file = 0;
  const auto drain = [&](RecordingMemory& memory) {
    layout::RecordingHead& head = memory.head();
    const uint32_t write = head.write;
    if (&memory == &recording) samples_of_file += (write - head.read) * 320;
    head.read = write;
  };
  while (at < turns) {
    const uint32_t some = std::min(turns - at, 1 + static_cast<uint32_t>(random_() % 200));
    shard_.Tick(some * 4);
    at += some;
    drain(recording);
    drain(track);
    if (random_() % 20 == 0) shard_.Command({testing::SetRoomRate(0, kRates[random_() % 3])});
    if (random_() % 20 == 0) {
      const bool is_in = random_() % 2 == 0;
      shard_.Command({testing::RouteLeg({.slot = 1}, {.room = is_in ? 0 : layout::kNone})});
    }
    shard_.TakeEvents();
  }
  shard_.Command({testing::CloseRecorder({.slot = 0}), testing::CloseRecorder({.slot = 1})});
  shard_.Tick(4);
  drain(recording);
  EXPECT_EQ(recording.frames(), turns);
  EXPECT_EQ(track.frames(), turns);
  EXPECT_EQ(samples_of_file, turns * 320);
  EXPECT_EQ(recording.lost(), 0u);
}

TEST_F(EngineRecordersTest, CommandsThatCannotBeAreRefused) {
  OpenRoom();
  OpenLane(0, kWide, {});
  RecordingMemory mono(16000);
  RecordingMemory dual(16000, 2);
  const auto refusals = [&](std::vector<Record> batch) {
    const uint64_t before = refused();
    shard_.Command(std::move(batch));
    shard_.Tick(4);
    return refused() - before;
  };
  const uint32_t beyond = testing::kTestLimits.recorders_max;
  EXPECT_EQ(refusals({testing::OpenRecorder({.slot = beyond}, mono.id())}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, mono.id(), {.room = 1})}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, mono.id(), {.room = 99})}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, 0)}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, mono.id(), Leg(1, RecorderSource::kBoth))}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, mono.id(), Leg(99, RecorderSource::kBoth))}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, dual.id())}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, mono.id(), {.source = RecorderSource{4}})}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({}, mono.id(), {.mode = RecorderMode{3}})}), 1u);
  EXPECT_EQ(refusals({testing::SetRecorder({}, RecorderMode::kSilent)}), 1u);
  EXPECT_EQ(refusals({testing::CloseRecorder({})}), 1u);
  EXPECT_EQ(refusals({testing::CloseRecorder({.slot = 99})}), 1u);
  EXPECT_EQ(refusals({testing::OpenRecorder({.slot = 0, .generation = 2}, mono.id())}), 0u);
  EXPECT_EQ(refusals({testing::OpenRecorder({.slot = 0, .generation = 3}, mono.id())}), 1u);
  EXPECT_EQ(refusals({testing::SetRecorder({.generation = 2}, RecorderMode{3})}), 1u);
  // Of a life before this one: it came too late.
  EXPECT_EQ(refusals({testing::CloseRecorder({.slot = 0, .generation = 1})}), 0u);
  EXPECT_FALSE(mono.ended());
  EXPECT_EQ(refusals({testing::CloseRecorder({.slot = 0, .generation = 2})}), 0u);
  EXPECT_TRUE(mono.ended());
}

}  // namespace
}  // namespace parley
