// Legs that send what nobody hears: what is spared, what is told all the same, and what is heard
// once somebody does.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/coder_calls.h"
#include "testing/recording_memory.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using layout::Hears;
using layout::Sends;
using testing::Decodes;
using testing::RtpCaller;
using testing::TestShard;

constexpr CodecFormat kOpus = {Codec::kOpus, 48000};
constexpr CodecFormat kG722 = {Codec::kG722, 16000};
constexpr CodecFormat kL16 = {Codec::kL16, 16000};
constexpr uint8_t kType = 96;
constexpr uint8_t kEventType = 101;
constexpr uint32_t kRoomRateHz = 16'000;

constexpr testing::Route kSpeaks = {};
constexpr testing::Route kMuted = {.sends = Sends::kNobody};
constexpr testing::Route kHeld = {.sends = Sends::kNobody, .hears = Hears::kSilence};
constexpr testing::Route kOutside = {.room = layout::kNone, .hears = Hears::kSilence};

double Rms(std::span<const int16_t> sound) {
  double sum = 0;
  for (const int16_t sample : sound) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(std::max<size_t>(sound.size(), 1)));
}

// Somebody who says a tone, and who listens in L16.
class Pair {
 public:
  explicit Pair(const CodecFormat& format, const Spreading& spreading = {})
      : shard_(testing::kTestLimits, nullptr, spreading), talker_({.slot = 1}, format, kType) {
    layout::OpenLeg talker = talker_.OpenLeg();
    talker.telephone_event_payload_type = kEventType;
    shard_.Command({testing::OpenRoom(0, kRoomRateHz), Record::From(listener_.OpenLeg()),
                    testing::RouteLeg(listener_.leg(), {}), Record::From(talker)});
  }

  void Route(const testing::Route& route) {
    shard_.Command({testing::RouteLeg(talker_.leg(), route)});
  }

  void Say(double hz, double amplitude) {
    tone_ = testing::Tone(hz, amplitude, talker_.format().rate_hz);
  }

  std::vector<uint8_t> NextPacket() {
    std::vector<int16_t> frame(talker_.frame_samples());
    tone_.Fill(frame);
    return talker_.NextPacket(frame);
  }

  // 20 ms in which `packet` comes from the talker; what is heard in it. Empty: it is lost.
  std::vector<int16_t> Turn(const std::vector<uint8_t>& packet) {
    listener_.Send(shard_, std::vector<int16_t>(listener_.frame_samples(), 0));
    if (!packet.empty()) {
      shard_.port().Deliver(talker_.descriptor(), talker_.address(), packet, shard_.now_ns());
    }
    shard_.Tick(4);
    listener_.heard().clear();
    listener_.Hear(shard_, shard_.port().TakeSent());
    return listener_.heard();
  }
  std::vector<int16_t> Turns(uint32_t turns) {
    std::vector<int16_t> heard;
    for (uint32_t turn = 0; turn < turns; ++turn) {
      const std::vector<int16_t> frame = Turn(NextPacket());
      heard.insert(heard.end(), frame.begin(), frame.end());
    }
    return heard;
  }

  TestShard& shard() { return shard_; }
  RtpCaller& talker() { return talker_; }
  const layout::LegSlot& slot() { return shard_.arena().leg(talker_.leg().slot); }

 private:
  TestShard shard_;
  RtpCaller listener_{{.slot = 0}, kL16, 97};
  RtpCaller talker_;
  testing::Tone tone_{700, 8'000, 48'000};
};

class EngineUnheard : public ::testing::TestWithParam<CodecFormat> {};

TEST_P(EngineUnheard, IsNotDecodedWhileItSendsToNobody) {
  Pair pair(GetParam());
  pair.Say(700, 8'000);
  for (const testing::Route& route : {kMuted, kHeld, kOutside}) {
    pair.Route(route);
    // What it takes to wake comes first.
    pair.Turns(10);
    const uint64_t before = Decodes();
    const uint64_t played = pair.shard().engine().stats()->frames_played;
    const std::vector<int16_t> heard = pair.Turns(50);
    EXPECT_EQ(Decodes(), before);
    EXPECT_EQ(std::ranges::max(heard), 0);
    // Its frames and the listener's.
    EXPECT_EQ(pair.shard().engine().stats()->frames_played - played, 100u);
  }
  EXPECT_EQ(pair.slot().frames_heard, 0u);
  EXPECT_EQ(pair.slot().input_level_dbov, kSilenceDbov);
}

TEST_P(EngineUnheard, IsDecodedForOneAloneAndForARecorderAlone) {
  Pair pair(GetParam());
  pair.Say(700, 8'000);
  pair.Route({.sends = Sends::kWhisper, .whisper_to = 0});
  pair.Turns(10);
  uint64_t before = Decodes();
  EXPECT_NEAR(Rms(pair.Turns(20)), 8'000 / std::sqrt(2), 1'000);
  EXPECT_EQ(Decodes() - before, 20u);

  testing::RecordingMemory recording(kRoomRateHz);
  pair.Route(kSpeaks);
  pair.shard().Command({testing::RouteLeg({.slot = 0}, kHeld),
                        testing::OpenRecorder({}, recording.id(),
                                              {.source = layout::RecorderSource::kInbound,
                                               .leg = pair.talker().leg()})});
  before = Decodes();
  pair.Turns(20);
  EXPECT_EQ(Decodes() - before, 20u);
  EXPECT_NEAR(Rms(std::span(recording.File()).last(1'600)), 8'000 / std::sqrt(2), 1'000);
  // Muted, its track is silent.
  pair.Route(kMuted);
  pair.Turns(20);
  EXPECT_EQ(Rms(std::span(recording.File()).last(1'600)), 0);
}

// As soon as one whose codec has no state; nothing of what it said before it was muted is left.
TEST_P(EngineUnheard, IsHeardFromTheTurnInWhichItIsUnmuted) {
  for (const bool is_spread : {false, true}) {
    const Spreading spreading = is_spread ? Spreading{.above = 1, .gather_below = 1} : Spreading{};
    Pair pair(GetParam(), spreading);
    Pair stateless(kL16, spreading);
    for (Pair* each : {&pair, &stateless}) {
      each->Route(kSpeaks);
      each->Say(440, 20'000);
      EXPECT_GT(Rms(each->Turns(50)), 10'000);
      each->Route(kMuted);
      each->Say(900, 1'000);
      each->Turns(50);
      each->Route(kSpeaks);
    }
    std::vector<double> level;
    std::vector<double> level_of_stateless;
    for (uint32_t turn = 0; turn < 10; ++turn) {
      const std::vector<int16_t> heard = pair.Turns(1);
      level.push_back(Rms(heard));
      level_of_stateless.push_back(Rms(stateless.Turns(1)));
      EXPECT_LE(std::ranges::max(heard), GetParam().codec == Codec::kG722 ? 1'800 : 1'100) << turn;
    }
    const auto first = [](const std::vector<double>& levels) {
      return std::ranges::find_if(levels, [](double rms) { return rms > 350; }) - levels.begin();
    };
    EXPECT_EQ(first(level), first(level_of_stateless)) << is_spread;
    EXPECT_NEAR(level.back(), level_of_stateless.back(), 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, EngineUnheard, ::testing::Values(kOpus, kG722),
                         [](const auto& format) -> std::string {
                           return format.param.codec == Codec::kOpus ? "Opus" : "G722";
                         });

// A room that is unmuted at once would fill a tick with what its legs take to wake.
TEST(EngineUnheardRoom, WakesSoManyInATickAndTheOthersInTheNext) {
  constexpr uint32_t kLegs = kWakesMax + 3;
  constexpr uint64_t kToWake = 4;  // packets
  TestShard shard;
  shard.Command({testing::OpenRoom(0, kRoomRateHz)});
  std::vector<std::unique_ptr<RtpCaller>> callers;
  const auto route = [&](const testing::Route& to) {
    std::vector<Record> batch;
    for (const auto& caller : callers) batch.push_back(testing::RouteLeg(caller->leg(), to));
    shard.Command(batch);
  };
  const auto turn = [&] {
    for (const auto& caller : callers) {
      caller->Send(shard, std::vector<int16_t>(caller->frame_samples(), 0));
    }
    const uint64_t before = Decodes();
    shard.Tick(4);
    return Decodes() - before;
  };
  for (uint32_t slot = 0; slot < kLegs; ++slot) {
    callers.push_back(std::make_unique<RtpCaller>(testing::LegRef{.slot = slot}, kOpus, kType));
    shard.Command({Record::From(callers.back()->OpenLeg())});
  }
  route(kMuted);
  for (uint32_t turns = 0; turns < 20; ++turns) turn();
  EXPECT_EQ(turn(), 0u);
  route(kSpeaks);
  EXPECT_EQ(turn(), kWakesMax * (kToWake + 1));
  EXPECT_EQ(turn(), kLegs + (kLegs - kWakesMax) * kToWake);
  EXPECT_EQ(turn(), kLegs);
}

// Silence that stands for what was not decoded is no background: neither while a leg waits to be
// woken nor in packets of several frames.
TEST(EngineUnheardNoise, IsWhatItWasBefore) {
  constexpr uint32_t kLegs = kWakesMax + 3;
  constexpr uint32_t kBackgroundDbov = 50;
  for (const uint32_t frames : {1u, 3u}) {
    TestShard shard;
    shard.Command({testing::OpenRoom(0, kRoomRateHz)});
    std::vector<std::unique_ptr<RtpCaller>> callers;
    for (uint32_t slot = 0; slot < kLegs; ++slot) {
      callers.push_back(std::make_unique<RtpCaller>(testing::LegRef{.slot = slot}, kOpus, kType));
      shard.Command({Record::From(callers.back()->OpenLeg())});
    }
    std::minstd_rand random(1);
    std::uniform_real_distribution<double> noise(-180, 180);  // of some -50 dBov
    const auto run = [&](const testing::Route& to, uint32_t turns) {
      std::vector<Record> batch;
      for (const auto& caller : callers) batch.push_back(testing::RouteLeg(caller->leg(), to));
      shard.Command(batch);
      for (uint32_t turn = 0; turn < turns; ++turn) {
        for (const auto& caller : callers) {
          if (turn % frames != 0) continue;
          std::vector<int16_t> sound(frames * caller->frame_samples());
          for (int16_t& sample : sound) sample = static_cast<int16_t>(noise(random));
          shard.port().Deliver(caller->descriptor(), caller->address(), caller->NextPacket(sound),
                               shard.now_ns());
        }
        shard.Tick(4);
      }
    };
    run(kSpeaks, 300);
    run(kMuted, 30);
    run(kSpeaks, 60);
    for (uint32_t slot = 0; slot < kLegs; ++slot) {
      EXPECT_NEAR(shard.arena().leg(slot).noise_dbov, kBackgroundDbov, 6) << slot;
      EXPECT_EQ(shard.arena().leg(slot).speaking, 0u) << slot;
    }
  }
}

// All but what hangs on the sound itself: what the talker's background is, and so what stands in.
TEST(EngineUnheardLoss, IsCountedAsIfItWereHeard) {
  for (const CodecFormat& format : {kOpus, kG722}) {
    Pair muted(format);
    Pair heard(format);
    muted.Route(kMuted);
    heard.Route(kSpeaks);
    for (uint32_t turn = 0; turn < 500; ++turn) {
      const bool is_lost = turn % 11 == 7 || turn % 97 > 92;
      for (Pair* pair : {&muted, &heard}) {
        const std::vector<uint8_t> packet = pair->NextPacket();
        pair->Turn(is_lost ? std::vector<uint8_t>{} : packet);
      }
    }
    const layout::LegSlot& one = muted.slot();
    const layout::LegSlot& other = heard.slot();
    for (const auto counter :
         {&layout::LegSlot::packets_received, &layout::LegSlot::packets_sent,
          &layout::LegSlot::packets_lost, &layout::LegSlot::packets_late,
          &layout::LegSlot::frames_concealed, &layout::LegSlot::gaps,
          &layout::LegSlot::gaps_restored, &layout::LegSlot::gaps_filled,
          &layout::LegSlot::guesses_by_codec, &layout::LegSlot::guesses_by_pitch,
          &layout::LegSlot::starvations, &layout::LegSlot::playout_restarts}) {
      EXPECT_EQ(one.*counter, other.*counter);
    }
    EXPECT_GT(one.frames_concealed, 40u);
    EXPECT_EQ(one.jitter_us, other.jitter_us);
    EXPECT_EQ(one.playout_delay_us, other.playout_delay_us);
    EXPECT_EQ(one.playout_target_us, other.playout_target_us);
    EXPECT_EQ(muted.shard().engine().stats()->frames_played,
              heard.shard().engine().stats()->frames_played);
  }
}

TEST(EngineUnheardKey, IsToldAllTheSame) {
  Pair pair(kOpus);
  pair.Route(kMuted);
  pair.Turns(20);
  const uint32_t timestamp = pair.talker().timestamp();
  for (const bool is_end : {false, false, true, true, true}) {
    const std::vector<uint8_t> payload = {5, static_cast<uint8_t>(is_end ? 0x80 : 0), 0x12, 0xC0};
    pair.Turn(pair.talker().NextOther(kEventType, timestamp, payload));
  }
  EXPECT_EQ(pair.shard().CountEvents(layout::EventKind::kLegDigit), 1u);
}

}  // namespace
}  // namespace parley
