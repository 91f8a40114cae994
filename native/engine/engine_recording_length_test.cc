// How long a recording is: as its room was, whatever happens to the ring, the shard and the rate.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/clip_memory.h"
#include "testing/full_length.h"
#include "testing/recording_memory.h"
#include "testing/recording_test.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::RecorderSource;
using layout::Sends;
using testing::ClipMemory;
using testing::RecordingMemory;
using testing::Samples;

class EngineRecordingLengthTest : public testing::RecordingTest {};

TEST_F(EngineRecordingLengthTest, ARingThatIsNotReadLosesWhatItHasNoPlaceForAndSaysHowMuch) {
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

TEST_F(EngineRecordingLengthTest, TurnsThatWereGivenUpAreInTheFileAsSilence) {
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

TEST_F(EngineRecordingLengthTest, GoesOnThroughChangesOfTheRoomsRateWithoutASeam) {
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
TEST_F(EngineRecordingLengthTest, HoursAreAsLongAsTheConferenceToTheFrame) {
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

}  // namespace
}  // namespace parley
