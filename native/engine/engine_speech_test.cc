// Who speaks, as the engine tells it: levels in, events out.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using layout::Codec;
using layout::EventKind;
using layout::Hears;
using layout::Sends;
using testing::LaneCaller;
using testing::TestShard;

constexpr CodecFormat kWide = {Codec::kLinear16, 16000};
constexpr int16_t kVoice = 3000;  // -21 dBov
constexpr int16_t kHum = 20;      // -64 dBov

Record SetVoice(testing::LegRef leg, uint32_t start_ms, uint32_t stop_ms) {
  layout::SetVoice command{};
  command.header = {.kind = static_cast<uint16_t>(layout::CommandKind::kSetVoice),
                    .batch_remaining = 0,
                    .sequence = 0,
                    .leg = leg.slot,
                    .generation = leg.generation};
  command.speech_start_ms = start_ms;
  command.speech_stop_ms = stop_ms;
  return Record::From(command);
}

class EngineSpeechTest : public ::testing::Test {
 protected:
  void SetUp() override {
    AskForSpeech(true);
    std::vector<Record> batch = {testing::OpenRoom(1, 16000)};
    for (LaneCaller& caller : callers_) {
      batch.push_back(Record::From(caller.OpenLeg()));
      batch.push_back(testing::RouteLeg(caller.leg(), {.room = 1}));
    }
    shard_.Command(batch);
  }

  void AskForSpeech(bool is_asked) { shard_.arena().control().speech_asked = is_asked ? 1 : 0; }

  // Time in which leg 0 is at `level`, or sends nothing, and the others hum.
  void Say(int16_t level, uint32_t duration_ms) { Run(&level, duration_ms); }
  void SendNothing(uint32_t duration_ms) { Run(nullptr, duration_ms); }

  void Route(const testing::Route& route) {
    shard_.Command({testing::RouteLeg(callers_[0].leg(), route)});
  }

  // "leg start MS" and "leg stop MS" since the last call.
  std::vector<std::string> TakeChanges() { return std::exchange(changes_, {}); }

  const Stats& stats() { return shard_.engine().stats(); }

  TestShard shard_;
  std::vector<LaneCaller> callers_ = {LaneCaller({.slot = 0}, kWide),
                                      LaneCaller({.slot = 1}, kWide)};

 private:
  void Run(const int16_t* level, uint32_t duration_ms) {
    const size_t samples = FrameSamples(kWide.rate_hz);
    for (uint32_t ms = 0; ms < duration_ms; ms += kFrameMs) {
      if (level != nullptr) callers_[0].Send(shard_, std::vector<int16_t>(samples, *level));
      callers_[1].Send(shard_, std::vector<int16_t>(samples, kHum));
      shard_.Tick(4);
      now_ms_ += kFrameMs;
      for (LaneCaller& caller : callers_) caller.Hear(shard_, {});
      for (const Record& event : shard_.TakeEvents()) Note(event);
    }
  }

  void Note(const Record& event) {
    const auto kind = static_cast<EventKind>(event.header().kind);
    const bool is_start = kind == EventKind::kLegSpeechStarted;
    if (!is_start && kind != EventKind::kLegSpeechStopped) return;
    changes_.push_back(std::to_string(event.header().leg) + (is_start ? " start " : " stop ") +
                       std::to_string(now_ms_));
    if (is_start) {
      EXPECT_EQ(event.As<layout::LegSpeechStarted>().level_dbov, 21u);
    }
  }

  std::vector<std::string> changes_;
  uint32_t now_ms_ = 0;
};

using Changes = std::vector<std::string>;

TEST_F(EngineSpeechTest, TellsWhoBeginsAndStopsToSpeak) {
  Say(kHum, 3000);
  Say(kVoice, 1000);
  EXPECT_EQ(stats()->legs_speaking, 1u);
  Say(kHum, 1000);
  EXPECT_EQ(TakeChanges(), (Changes{"0 start 3200", "0 stop 4500"}));
  EXPECT_EQ(stats()->legs_speaking, 0u);
  EXPECT_EQ(stats()->speech_started, 1u);
}

TEST_F(EngineSpeechTest, IsCountedAndNotToldWhereNobodyAsks) {
  AskForSpeech(false);
  Say(kHum, 3000);
  Say(kVoice, 1000);
  Say(kHum, 1000);
  EXPECT_EQ(TakeChanges(), Changes{});
  EXPECT_EQ(stats()->speech_started, 1u);
  AskForSpeech(true);
  Say(kVoice, 1000);
  EXPECT_EQ(TakeChanges(), Changes{"0 start 5200"});
}

TEST_F(EngineSpeechTest, TimesAreThoseThatWereSet) {
  shard_.Command({SetVoice(callers_[0].leg(), 60, 1000)});
  Say(kHum, 3000);
  Say(kVoice, 1000);
  Say(kHum, 2000);
  EXPECT_EQ(TakeChanges(), (Changes{"0 start 3060", "0 stop 5000"}));
}

TEST_F(EngineSpeechTest, TimesOutOfRangeAreRefused) {
  for (const auto& [start_ms, stop_ms] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0, 500}, {19, 500}, {841, 500}, {200, 19}, {200, 10'001}, {UINT32_MAX, 500}}) {
    const uint64_t refused = stats()->commands_refused;
    shard_.Command({SetVoice(callers_[0].leg(), start_ms, stop_ms)});
    Say(kHum, 20);
    EXPECT_EQ(stats()->commands_refused, refused + 1) << start_ms << " " << stop_ms;
  }
}

TEST_F(EngineSpeechTest, WhoIsMutedStopsAtOnceAndDoesNotSpeak) {
  Say(kHum, 3000);
  Say(kVoice, 1000);
  Route({.room = 1, .sends = Sends::kNobody});
  Say(kVoice, 3000);
  EXPECT_EQ(TakeChanges(), (Changes{"0 start 3200", "0 stop 4020"}));
  // What was said unheard does not count as a beginning.
  Route({.room = 1});
  Say(kVoice, 180);
  EXPECT_EQ(TakeChanges(), Changes{});
  Say(kVoice, 20);
  EXPECT_EQ(TakeChanges(), Changes{"0 start 7200"});
}

TEST_F(EngineSpeechTest, NobodySpeaksOutsideARoom) {
  Say(kHum, 3000);
  Say(kVoice, 1000);
  Route({.room = layout::kNone});
  Say(kVoice, 2000);
  EXPECT_EQ(TakeChanges(), (Changes{"0 start 3200", "0 stop 4020"}));
}

TEST_F(EngineSpeechTest, ACoachSpeaks) {
  Route({.room = 1, .sends = Sends::kWhisper, .whisper_to = 1});
  Say(kHum, 3000);
  Say(kVoice, 1000);
  EXPECT_EQ(TakeChanges(), Changes{"0 start 3200"});
}

TEST_F(EngineSpeechTest, WhoSendsNothingMoreStops) {
  Say(kHum, 3000);
  Say(kVoice, 1000);
  SendNothing(1000);
  EXPECT_EQ(TakeChanges(), (Changes{"0 start 3200", "0 stop 4500"}));
}

TEST_F(EngineSpeechTest, ALegThatEndsWhileItSpeaksTellsNothingMore) {
  Say(kHum, 3000);
  Say(kVoice, 1000);
  TakeChanges();
  shard_.Command({testing::CloseLeg(callers_[0].leg())});
  SendNothing(1000);
  EXPECT_EQ(TakeChanges(), Changes{});
  EXPECT_EQ(stats()->legs_speaking, 0u);
}

TEST_F(EngineSpeechTest, WhoChangesTooOftenIsToldLater) {
  shard_.Command({SetVoice(callers_[0].leg(), 20, 20)});
  Say(kHum, 3000);
  for (int turn = 0; turn < 100; ++turn) {
    Say(kVoice, 40);
    Say(kHum, 60);
  }
  const size_t told = TakeChanges().size();
  EXPECT_GE(told, 9u);
  EXPECT_LE(told, 10u);
  EXPECT_GE(stats()->speech_delayed, 80u);
}

// Speech is told, and never decides what is heard.
TEST_F(EngineSpeechTest, TheFirstFrameOfSoftSpeechIsHeardWhole) {
  constexpr int16_t kSoft = 184;  // -45 dBov
  Say(0, 3000);
  Say(kSoft, 20);
  const std::vector<int16_t>& heard = callers_[1].heard();
  const size_t samples = FrameSamples(kWide.rate_hz);
  const std::vector<int16_t> last(heard.end() - static_cast<std::ptrdiff_t>(samples), heard.end());
  EXPECT_EQ(last, std::vector<int16_t>(samples, kSoft));
  EXPECT_EQ(TakeChanges(), Changes{});
}

// Who hears over a lane is told of a voice with its first frame, and not of its own.
TEST_F(EngineSpeechTest, TheFrameInWhichSomebodyBeginsToSpeakIsMarked) {
  const auto last = [&](uint32_t lane) {
    const layout::LaneHead& head = shard_.lane_head(lane);
    return head.out_voice >> ((head.out_write - 1) % layout::kLaneFramesMax) & 1;
  };
  Say(kHum, 3000);
  EXPECT_EQ(last(1), 0u);
  Say(kVoice, 20);
  EXPECT_EQ(last(1), 1u);
  EXPECT_EQ(last(0), 0u);
  EXPECT_EQ(TakeChanges(), Changes{});
  Say(kHum, 20);
  EXPECT_EQ(last(1), 0u);
  Say(kVoice, 20);
  EXPECT_EQ(last(1), 1u);
  SendNothing(20);
  EXPECT_EQ(last(1), 0u);
}

TEST_F(EngineSpeechTest, NobodyIsToldOfAVoiceItDoesNotHear) {
  Say(kHum, 3000);
  Route({.room = 1, .sends = Sends::kNobody});
  Say(kVoice, 1000);
  EXPECT_EQ(shard_.lane_head(1).out_voice, 0u);
  Route({.room = 1});
  shard_.Command({testing::RouteLeg(callers_[1].leg(), {.room = 1, .hears = Hears::kSilence})});
  Say(kVoice, 1000);
  EXPECT_EQ(shard_.lane_head(1).out_voice, 0u);
}

}  // namespace
}  // namespace parley
