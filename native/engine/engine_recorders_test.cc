// What is taken down of a room: who was heard, from which frame to which, and nothing else.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/clip_memory.h"
#include "testing/recording_memory.h"
#include "testing/recording_test.h"

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
using testing::Samples;
using testing::SilentFrames;
using testing::Sum;

class EngineRecordersTest : public testing::RecordingTest {};

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
  const Samples sum = Sum(TakeSaid(0), TakeSaid(1));
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
    const Samples sum = Sum(TakeSaid(first), TakeSaid(first + 1));
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
  Samples expected = Sum(TakeSaid(0), TakeSaid(1));
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
  append(SilentFrames(10));
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
  with.resize(with.size() + SilentFrames(250).size());
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

TEST_F(EngineRecordersTest, NothingOfBeforeAPauseIsHeardAfterIt) {
  OpenRoom();
  OpenLane(0, kWide, {});
  RecordingMemory narrow(8000);  // brought there by a filter that remembers
  shard_.Command({testing::OpenRecorder({}, narrow.id())});
  for (uint32_t frame = 0; frame < 5; ++frame) {
    callers_[0]->Send(shard_, Samples(320, 9'000));
    Turn();
  }
  shard_.Command({testing::SetRecorder({}, RecorderMode::kSkipping)});
  Turn(5);
  shard_.Command({testing::SetRecorder({}, RecorderMode::kRecording)});
  Turn(5);
  const Samples& file = narrow.File();
  ASSERT_EQ(file.size(), 10u * 160);
  EXPECT_EQ(file[5 * 160 - 1], 9'000);
  EXPECT_TRUE(IsSilent({file.begin() + 5 * 160, file.end()}));
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
  const Samples others = Sum(TakeSaid(1), TakeSaid(2));
  EXPECT_EQ(inbound.File(), own);
  EXPECT_EQ(outbound.File(), others);  // without what the coach says to it
  EXPECT_EQ(both.File(), Sum(own, others));
  EXPECT_EQ(room.File(), Sum(inbound.File(), outbound.File()));
  EXPECT_EQ(coach.File(), SilentFrames(20));
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

TEST_F(EngineRecordersTest, TracksHaveWhatTheirCallsGaveTheRoomInEachFrameAndAddUpToIt) {
  OpenRoom();
  for (uint32_t slot = 0; slot < 2; ++slot) OpenLane(slot, kWide, {});
  RecordingMemory room(16000);
  RecordingMemory first(16000);
  RecordingMemory second(16000);
  shard_.Command(
      {testing::OpenRecorder({.slot = 0}, room.id()),
       testing::OpenRecorder({.slot = 1}, first.id(), Leg(0, RecorderSource::kInbound)),
       testing::OpenRecorder({.slot = 2}, second.id(), Leg(1, RecorderSource::kInbound))});
  Samples expected;
  // For so many frames the second call is routed so; it is in the room or it is not.
  const auto routed = [&](const testing::Route& route, bool is_heard) {
    shard_.Command({testing::RouteLeg({.slot = 1}, route)});
    said_.clear();
    Talk(8);
    const Samples given = is_heard ? TakeSaid(1) : SilentFrames(8);
    expected.insert(expected.end(), given.begin(), given.end());
  };
  routed({}, true);
  routed({.sends = Sends::kNobody}, false);  // muted
  routed({}, true);
  routed({.sends = Sends::kWhisper, .whisper_to = 0}, false);  // a coach
  routed(Alone(0, 0), false);                                  // on hold
  routed({.sends = Sends::kWhisper, .whisper_to = 0}, false);
  routed({}, true);
  EXPECT_EQ(second.File(), expected);
  EXPECT_EQ(room.File(), Sum(first.File(), second.File()));
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
  EXPECT_EQ(both.File(), SilentFrames(25));
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
  EXPECT_EQ(spared.File(), SilentFrames(5));
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
