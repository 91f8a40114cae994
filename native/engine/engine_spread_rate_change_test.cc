// A spread room changes its rate in mid-sound, and nobody hears how, in whichever tick he and who
// speaks are served.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "testing/clip_memory.h"
#include "testing/recording_memory.h"
#include "testing/spread_people.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Hears;
using layout::RecorderSource;
using layout::Sends;
using testing::SpreadPeople;
using Samples = std::vector<int16_t>;

constexpr uint32_t kRoom = SpreadPeople::kRoom;
constexpr double kHz = 440;
constexpr double kAmplitude = 10'000;
constexpr std::array kRatesHz = {8'000u, 16'000u, 48'000u};

Record RateIs(uint32_t rate_hz) { return testing::SetRoomRate(kRoom, rate_hz); }

struct Change {
  uint32_t from_hz;
  uint32_t to_hz;
};

// In each tick of the frame two who listen at each of the rates, of whom one says enough to have a
// mix of his own, and more at 16 kHz, of whom one speaks.
class SpreadRateChangeTest : public ::testing::TestWithParam<Change> {
 protected:
  struct Listener {
    uint32_t who;
    uint32_t rate_hz;
    bool has_own_mix;
    Samples heard = {};
  };

  SpreadRateChangeTest() {
    for (uint32_t who = 0; who < 60; ++who) {
      room_.Add({.room = kRoom, .sends = Sends::kNobody},
                {layout::Codec::kLinear16, kRatesHz[who % kRatesHz.size()]});
    }
    room_.shard().Command({RateIs(GetParam().from_hz)});
    room_.shard().Tick(2 * kPhasesPerFrame);
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> found;  // by tick and rate
    for (uint32_t who = 0; who < room_.size(); ++who) {
      const uint32_t rate_hz = room_.FormatOf(who).rate_hz;
      const uint32_t tick = room_.OffsetOf(who);
      if (rate_hz == 16'000 && talkers_.emplace(tick, who).second) continue;
      const uint32_t count = found[{tick, rate_hz}]++;
      if (count >= 2) continue;
      listeners_.push_back({.who = who, .rate_hz = rate_hz, .has_own_mix = count == 1});
      if (count == 1) room_.Route(who, Sends::kRoom);
    }
    EXPECT_EQ(listeners_.size(), 2 * kPhasesPerFrame * kRatesHz.size());
    EXPECT_EQ(talkers_.size(), kPhasesPerFrame);
  }

  // 20 ms, after `ticks` of which a command comes.
  void Turn(uint32_t talker, const std::vector<Record>& commands = {}, uint32_t ticks = 0) {
    for (const Listener& listener : listeners_) {
      Samples frame(FrameSamples(listener.rate_hz));
      if (listener.has_own_mix) frame[0] = 1;
      room_.Say(listener.who, frame);
    }
    Samples frame(FrameSamples(16'000));
    tone_.Fill(frame);
    room_.Say(talker, frame);
    room_.shard().Tick(ticks);
    if (!commands.empty()) room_.shard().Command(commands);
    room_.shard().Tick(kPhasesPerFrame - ticks);
    for (Listener& listener : listeners_) {
      const Samples heard = room_.Hear(listener.who);
      listener.heard.insert(listener.heard.end(), heard.begin(), heard.end());
    }
  }
  void Turns(uint32_t count, uint32_t talker) {
    for (uint32_t turn = 0; turn < count; ++turn) Turn(talker);
  }

  // Of all that was kept, the tone is whole for everybody.
  void ExpectWhole(const std::string& what) {
    std::map<uint32_t, Samples> shared;  // by rate
    for (const Listener& listener : listeners_) {
      const uint32_t rate_hz = listener.rate_hz;
      const std::string who = what + ", leg " + std::to_string(listener.who) + " in " +
                              std::to_string(room_.OffsetOf(listener.who)) + " at " +
                              std::to_string(rate_hz);
      const std::span<const int16_t> heard = listener.heard;
      if (!listener.has_own_mix && !shared.emplace(rate_hz, listener.heard).second) {
        EXPECT_EQ(listener.heard, shared[rate_hz]) << who;
        continue;
      }
      EXPECT_LT(testing::SplatterDb(heard, rate_hz, kHz, kAmplitude, 400), -60.0) << who;
      for (size_t begin = 0; begin + rate_hz / 200 <= heard.size(); begin += rate_hz / 400) {
        ASSERT_GT(std::ranges::max(heard.subspan(begin, rate_hz / 200)), kAmplitude / 4) << who;
      }
      const double now = testing::ToneAmplitude(heard.last(rate_hz / 10), kHz, rate_hz);
      EXPECT_NEAR(testing::Decibels(now, kAmplitude), 0, 0.1) << who;
    }
    EXPECT_EQ(room_.shard().engine().stats()->room_rates_changed_abruptly, 0u);
  }
  void Forget() {
    for (Listener& listener : listeners_) listener.heard.clear();
  }

  SpreadPeople room_;
  std::map<uint32_t, uint32_t> talkers_;  // by the tick in which they are served
  std::vector<Listener> listeners_;
  testing::Tone tone_{kHz, kAmplitude, 16'000};
};

TEST_P(SpreadRateChangeTest, LeavesAToneWhole) {
  for (const auto& [tick, talker] : talkers_) {
    room_.Route(talker, Sends::kRoom);
    Turns(10, talker);
    Forget();
    Turn(talker);
    // He has been taken in for the next mix, or is about to be mixed.
    Turn(talker, {RateIs(GetParam().to_hz)}, (tick + 1) % kPhasesPerFrame);
    Turns(8, talker);
    ExpectWhole("tick " + std::to_string(tick));
    room_.Route(talker, Sends::kNobody);
    room_.shard().Command({RateIs(GetParam().from_hz)});
  }
}

TEST_P(SpreadRateChangeTest, OneAfterTheOtherToo) {
  const uint32_t talker = talkers_[2];
  room_.Route(talker, Sends::kRoom);
  Turns(10, talker);
  Forget();
  Turn(talker);
  for (uint32_t turn = 0; turn < 8; ++turn) {
    Turn(talker, {RateIs(turn % 2 == 0 ? GetParam().to_hz : GetParam().from_hz)}, turn % 4);
  }
  Turns(10, talker);
  ExpectWhole("all");
}

// The mix in files of every rate, and of single legs what they say and hear: as long as it was, and
// without a seam.
TEST_P(SpreadRateChangeTest, IsRecordedWhole) {
  constexpr uint32_t kTurns = 12;
  struct Recorded {
    std::string what;
    testing::Tap tap;
    uint32_t rate_hz;
    uint32_t channels = 1;
    uint32_t tone_channel = 0;
  };
  for (const auto& [tick, talker] : talkers_) {
    std::vector<Recorded> all;
    for (const uint32_t rate_hz : kRatesHz) all.push_back({"the mix", {.room = kRoom}, rate_hz});
    const auto of = [](uint32_t who, RecorderSource source) {
      return testing::Tap{.room = kRoom, .source = source, .leg = {.slot = who}};
    };
    all.push_back({"what is said", of(talker, RecorderSource::kInbound), 16'000});
    all.push_back({"what is said, beside silence", of(talker, RecorderSource::kBoth), 16'000, 2});
    for (const Listener& listener : listeners_) {
      if (listener.rate_hz != 8'000) continue;
      const std::string who = listener.has_own_mix ? " in his own mix" : "";
      all.push_back({"what is heard" + who, of(listener.who, RecorderSource::kOutbound), 16'000});
      if (tick != room_.OffsetOf(listener.who) || !listener.has_own_mix) continue;
      all.push_back({"both", of(listener.who, RecorderSource::kBoth), 16'000});
      all.push_back({"both, beside", of(listener.who, RecorderSource::kBoth), 16'000, 2, 1});
    }
    room_.Route(talker, Sends::kRoom);
    Turns(10, talker);
    std::deque<testing::RecordingMemory> recordings;
    for (uint32_t slot = 0; slot < all.size(); ++slot) {
      recordings.emplace_back(all[slot].rate_hz, all[slot].channels);
      room_.shard().Command({testing::OpenRecorder({.slot = slot, .generation = tick + 1},
                                                   recordings[slot].id(), all[slot].tap)});
    }
    Turns(3, talker);
    Turn(talker, {RateIs(GetParam().to_hz)}, (tick + 1) % kPhasesPerFrame);
    Turns(kTurns - 4, talker);
    for (uint32_t slot = 0; slot < all.size(); ++slot) {
      room_.shard().Command({testing::CloseRecorder({.slot = slot, .generation = tick + 1})});
    }
    room_.Route(talker, Sends::kNobody);
    room_.shard().Command({RateIs(GetParam().from_hz)});
    Turns(2, talker);
    for (uint32_t slot = 0; slot < all.size(); ++slot) {
      const auto& [what, tap, rate_hz, channels, tone_channel] = all[slot];
      const std::string which = what + " at " + std::to_string(rate_hz) + " in tick " +
                                std::to_string(tick) + ", leg " + std::to_string(tap.leg.slot);
      testing::RecordingMemory& recording = recordings[slot];
      const Samples& file = recording.File();
      EXPECT_TRUE(recording.ended()) << which;
      EXPECT_EQ(recording.frames(), kTurns) << which;
      EXPECT_EQ(recording.lost(), 0u) << which;
      ASSERT_EQ(file.size(), kTurns * FrameSamples(rate_hz) * channels) << which;
      for (const layout::RecordedFrame& head : recording.heads()) EXPECT_EQ(head.has_sound, 1u);
      Samples channel;
      for (size_t at = tone_channel; at < file.size(); at += channels) channel.push_back(file[at]);
      // The first frame begins within the tone.
      const auto heard = std::span<const int16_t>(channel).subspan(FrameSamples(rate_hz));
      EXPECT_LT(testing::SplatterDb(heard, rate_hz, kHz, kAmplitude, 400), -60.0) << which;
      for (size_t begin = 0; begin + rate_hz / 200 <= heard.size(); begin += rate_hz / 400) {
        ASSERT_GT(std::ranges::max(heard.subspan(begin, rate_hz / 200)), kAmplitude / 4) << which;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, SpreadRateChangeTest,
                         ::testing::Values(Change{8000, 16000}, Change{16000, 8000},
                                           Change{16000, 48000}, Change{48000, 8000}),
                         [](const auto& test) {
                           return std::to_string(test.param.from_hz) + "To" +
                                  std::to_string(test.param.to_hz);
                         });

// The room becomes small, and is served at once again, while its rate changes: in the same turn, in
// those before and in those after.
TEST(SpreadRateChange, LeavesAToneWholeWhenTheRoomIsSpreadNoMore) {
  for (uint32_t leaves_at = 0; leaves_at < 5; ++leaves_at) {
    SpreadPeople room;
    for (uint32_t who = 0; who < 6; ++who) room.Add({.room = kRoom, .sends = Sends::kNobody});
    room.Route(5, Sends::kRoom);
    testing::Tone tone{kHz, kAmplitude, 16'000};
    Samples heard;
    for (uint32_t turn = 0; turn < 30; ++turn) {
      Samples frame(FrameSamples(16'000));
      tone.Fill(frame);
      room.Say(5, frame);
      if (turn == 20) room.shard().Command({RateIs(8'000)});
      if (turn == 18 + leaves_at) {
        for (uint32_t who = 0; who < 4; ++who) room.Remove(who);
      }
      room.shard().Tick(kPhasesPerFrame);
      const Samples now = room.Hear(4);
      heard.insert(heard.end(), now.begin(), now.end());
    }
    EXPECT_EQ(room.OffsetOf(4), 0u);
    const auto around = std::span(heard).last(FrameSamples(16'000) * 15);
    EXPECT_LT(testing::SplatterDb(around, 16'000, kHz, kAmplitude, 400), -60.0) << leaves_at;
    EXPECT_EQ(room.shard().engine().stats()->room_rates_changed_abruptly, 0u);
    EXPECT_EQ(room.shard().arena().leg(4).frame_rate_hz, 8'000u);
  }
}

// Who is not whispered to hears nothing of it, not for a sample, however routes and rates change.
// Whoever may speak to all says nothing then: what he said before he was given to them is not
// theirs.
TEST(SpreadRateChange, AWhisperIsHeardByNobodyElse) {
  constexpr uint32_t kTargets = 10;  // the first ones; as many who whisper to them come next
  constexpr uint32_t kPeople = 30;
  SpreadPeople room;
  std::minstd_rand random(17);
  const auto draw = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  for (uint32_t who = 0; who < kPeople; ++who) {
    room.Add({.room = kRoom, .sends = Sends::kNobody},
             {layout::Codec::kLinear16, kRatesHz[(who / 2) % kRatesHz.size()]});
  }
  room.shard().Tick(2 * kPhasesPerFrame);
  for (uint32_t who = 0; who < kPeople; ++who) room.Hear(who);
  std::array<Sends, kPeople> sends{};
  uint32_t heard_by_targets = 0;
  std::set<uint32_t> ticks;
  for (uint32_t turn = 0; turn < 800; ++turn) {
    for (uint32_t who = kTargets; who < 2 * kTargets; ++who) {
      Samples frame(FrameSamples(room.FormatOf(who).rate_hz));
      for (int16_t& sample : frame) sample = static_cast<int16_t>(random() % 20'000);
      if (sends[who] == Sends::kRoom) std::ranges::fill(frame, int16_t{0});
      room.Say(who, frame);
    }
    for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
      if (draw(8) == 0) room.shard().Command({RateIs(kRatesHz[draw(3)])});
      if (draw(2) == 0) {
        const uint32_t who = kTargets + draw(kTargets);
        // What he says in this turn is taken in already.
        const bool is_taken_in = tick > room.OffsetOf(who);
        const auto next = std::array{Sends::kNobody, Sends::kWhisper, Sends::kWhisper,
                                     is_taken_in ? Sends::kRoom : Sends::kNobody}[draw(4)];
        // Whoever spoke to all has still silence to say.
        if (sends[who] != Sends::kRoom || is_taken_in) {
          sends[who] = next;
          room.Route(who, next, Hears::kRoom, draw(kTargets));
        }
      }
      room.shard().Tick();
    }
    for (uint32_t who = 0; who < kPeople; ++who) {
      const Samples heard = room.Hear(who);
      const bool is_silent = std::ranges::all_of(heard, [](int16_t sample) { return sample == 0; });
      if (who < kTargets) {
        heard_by_targets += is_silent ? 0 : 1;
      } else {
        ASSERT_TRUE(is_silent) << who << " in turn " << turn;
        ticks.insert(room.OffsetOf(who));
      }
    }
  }
  EXPECT_GT(heard_by_targets, 1'000u);
  EXPECT_EQ(ticks.size(), kPhasesPerFrame);
}

// Whoever was silent before was not in the mix that is faded from.
TEST(SpreadRateChange, WhoBeginsToSpeakComesInWithTheFade) {
  SpreadPeople room;
  for (uint32_t who = 0; who < 6; ++who) room.Add();
  room.shard().Tick(2 * kPhasesPerFrame);
  room.shard().Command({RateIs(8'000)});
  room.shard().Tick(kPhasesPerFrame);
  room.Hear(1);
  room.Say(0, 1'000);
  room.shard().Tick();
  const Samples heard = room.Hear(1);
  ASSERT_EQ(heard.size(), FrameSamples(16'000));
  EXPECT_EQ(std::ranges::count(std::span(heard).first(90), int16_t{0}), 90);
  EXPECT_NEAR(heard.back(), 1'000, 4);
}

// More voices than can be kept: each change has a seam, and says so once.
TEST(SpreadRateChange, OfTooManyVoicesIsCounted) {
  constexpr uint32_t kPeople = kRateChangeFramesMax + 20;
  EngineLimits limits = testing::kCrowdLimits;
  limits.legs_max = limits.lanes_max = kPeople;
  SpreadPeople room({}, 0, 0, limits);
  for (uint32_t who = 0; who < kPeople; ++who) room.Add();
  const auto turn = [&] {
    for (uint32_t who = 0; who < kPeople; ++who) room.Say(who, 10);
    room.shard().Tick(kPhasesPerFrame);
  };
  for (uint32_t count = 0; count < 4; ++count) turn();
  for (const uint32_t rate_hz : {8'000u, 48'000u}) {
    room.shard().Command({RateIs(rate_hz)});
    turn();
  }
  for (uint32_t who = 0; who < kPeople; ++who) room.Hear(who);
  for (uint32_t count = 0; count < 5; ++count) turn();
  EXPECT_EQ(room.shard().engine().stats()->room_rates_changed_abruptly, 2u);
  for (uint32_t who = 0; who < kPeople; ++who) {
    const Samples heard = room.Hear(who);
    ASSERT_EQ(heard.size(), 5 * FrameSamples(16'000)) << who;
    EXPECT_NEAR(heard.back(), 10 * (kPeople - 1), 4) << who;
  }
}

// There is a place for what all hear, but none for what he hears who is spared a sound of it.
TEST(SpreadRateChange, WhoFindsNoPlaceIsNotGivenWhatOthersHeard) {
  constexpr uint32_t kVoices = kRateChangeFramesMax - 1;
  EngineLimits limits = testing::kCrowdLimits;
  limits.legs_max = limits.lanes_max = kVoices + 3;
  limits.players_max = 1;
  SpreadPeople room({.above = 1'000}, 0, 0, limits);
  for (uint32_t who = 0; who < kVoices; ++who) room.Add();
  // Whichever end of the room is served first, he is behind somebody who hears what all do.
  room.Add({.room = kRoom, .sends = Sends::kNobody});
  const uint32_t spared = room.Add({.room = kRoom, .sends = Sends::kNobody});
  const uint32_t listener = room.Add({.room = kRoom, .sends = Sends::kNobody});
  const testing::ClipMemory clip(Samples(48'000, 5'000));
  room.shard().Command(
      {testing::OpenPlayer({}, clip.id()), testing::PlayToRoom(kRoom, {}, spared)});
  for (uint32_t turn = 0; turn < 4; ++turn) {
    for (uint32_t who = 0; who < kVoices; ++who) room.Say(who, 1);
    if (turn == 2) room.shard().Command({RateIs(8'000)});
    room.shard().Tick(kPhasesPerFrame);
  }
  EXPECT_EQ(room.shard().engine().stats()->room_rates_changed_abruptly, 1u);
  const Samples heard = room.Hear(listener);
  EXPECT_GT(std::ranges::min(std::span(heard).last(heard.size() / 2)), 4'000);
  EXPECT_LT(std::ranges::max(room.Hear(spared)), 2 * static_cast<int>(kVoices));
}

}  // namespace
}  // namespace parley
