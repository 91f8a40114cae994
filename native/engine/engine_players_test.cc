// What is played to legs and rooms, heard at the other end.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "mixer/limiter.h"
#include "rtp/rtp_packet.h"
#include "testing/clip_memory.h"
#include "testing/listening_test.h"
#include "testing/signals.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using layout::EventKind;
using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::LaneCaller;
using testing::RtpCaller;
using testing::TestShard;

constexpr double kToneHz = testing::ListeningTest::kToneHz;
constexpr double kAmplitude = testing::ListeningTest::kAmplitude;

class EnginePlayersTest : public testing::ListeningTest {};

TEST_F(EnginePlayersTest, AStationSoundsInEveryPhaseCodecAndRate) {
  const ClipMemory music(Tone48(1.0));
  shard_.Command({testing::OpenPlayer({}, music.id(), 0)});
  for (uint32_t room = 0; room < 4; ++room) {
    constexpr uint32_t kRates[] = {8000, 16000, 48000, 48000};
    shard_.Command({testing::OpenRoom(room, kRates[room], room)});
  }
  const CodecFormat formats[] = {{Codec::kPcmu, 8000},  {Codec::kPcma, 8000},
                                 {Codec::kL16, 44100},  {Codec::kL16, 48000, 2},
                                 {Codec::kG722, 16000}, {Codec::kOpus, 48000}};
  uint32_t slot = 0;
  for (const CodecFormat& format : formats) {
    // In the rooms of all phases, and in none.
    for (const uint32_t room : {0u, 1u, 2u, 3u, layout::kNone}) {
      if (format.codec == Codec::kOpus && room == 1) continue;
      Open<RtpCaller>(slot++, format, Alone(0, room), uint8_t{96});
    }
  }
  Turn(60);
  for (const auto& caller : callers_) {
    const uint32_t rate_hz = caller->format().rate_hz;
    std::vector<int16_t>& heard = caller->heard();
    ASSERT_GT(heard.size(), rate_hz * 11 / 10);
    const auto second = std::span(heard).last(rate_hz);
    EXPECT_NEAR(testing::Decibels(testing::ToneAmplitude(second, kToneHz, rate_hz), kAmplitude), 0,
                0.5)
        << caller->leg().slot;
    // Sixty loops and more of a period: a seam would show, coarse codecs excepted.
    if (caller->format().codec == Codec::kL16 && caller->format().channels == 1) {
      EXPECT_EQ(testing::Discontinuities(second, kToneHz, 40, rate_hz), 0u);
    }
  }
  EXPECT_EQ(refused(), 0u);
}

TEST_F(EnginePlayersTest, AStationIsCodedOnceForAllLegsOfAShard) {
  constexpr uint32_t kLegs = 24;
  const ClipMemory music(Tone48(0.7, 440));
  shard_.Command({testing::OpenPlayer({}, music.id(), 0)});
  for (uint32_t room = 0; room < 4; ++room) {
    shard_.Command({testing::OpenRoom(room, room % 2 == 0 ? 8000 : 48000, room)});
  }
  for (uint32_t slot = 0; slot < kLegs; ++slot) {
    Open<RtpCaller>(slot, {Codec::kPcmu, 8000}, Alone(0, slot % 5 == 4 ? layout::kNone : slot % 5),
                    uint8_t{0});
  }
  Turn(3);
  Forget();
  const auto before = *shard_.engine().stats().operator->();
  Turn(50);
  const auto after = *shard_.engine().stats().operator->();
  EXPECT_EQ(after.encodes - before.encodes, 50u);
  EXPECT_EQ(after.encodes_station - before.encodes_station, 50u);
  EXPECT_EQ(after.encodes_shared - before.encodes_shared, 50u * (kLegs - 1));
  // At the rate of the codec, and of the rooms' frames.
  EXPECT_EQ(after.player_frames - before.player_frames, 50u * 2);
  // In four ticks all hear the same payload.
  std::map<int, std::vector<std::vector<uint8_t>>> payloads;
  for (const testing::FakePort::Sent& datagram : sent_) {
    if (ClassifyDatagram(datagram.bytes) != DatagramKind::kRtp) continue;
    const auto packet = ParseRtpPacket(datagram.bytes);
    ASSERT_TRUE(packet.has_value());
    payloads[datagram.descriptor].emplace_back(packet->payload.begin(), packet->payload.end());
  }
  ASSERT_EQ(payloads.size(), kLegs);
  // And that is the music from where it was after the turns before.
  ClipReader expected(&music.clip(), 0);
  for (int turn = 0; turn < 3; ++turn) expected.Advance();
  for (const std::vector<uint8_t>& payload : payloads.begin()->second) {
    std::vector<int16_t> frame(160);
    std::vector<uint8_t> coded(160);
    expected.Advance();
    expected.Render(8000, frame);
    EncodeFrame({Codec::kPcmu, 8000}, frame, coded);
    ASSERT_EQ(payload, coded);
  }
  for (const auto& [descriptor, heard] : payloads) {
    EXPECT_EQ(heard.size(), 50u);
    EXPECT_EQ(heard, payloads.begin()->second);
  }
}

TEST_F(EnginePlayersTest, ALoopHasNoSeam) {
  // Its end fits its beginning, and nothing else: 0.1 s of 435 Hz is 43.5 periods.
  std::vector<int16_t> sound = testing::ToneSamples(430, kAmplitude, 0.1, 48000);
  const ClipMemory music(sound);
  shard_.Command({testing::OpenPlayer({}, music.id(), 0)});
  LaneCaller& full = OpenLane(0, kFull, Alone(0));
  LaneCaller& narrow = OpenLane(4, {Codec::kLinear16, 8000}, Alone(0));
  Turn(40);
  ASSERT_EQ(full.heard().size(), 40u * 960);
  for (size_t at = 0; at < full.heard().size(); ++at) {
    ASSERT_EQ(full.heard()[at], sound[at % sound.size()]) << at;
  }
  const auto settled = std::span(narrow.heard()).subspan(160);
  EXPECT_EQ(testing::Discontinuities(settled, 430, 4, 8000), 0u);
}

TEST_F(EnginePlayersTest, BeginsInTheVeryTickItIsOpenedIn) {
  std::vector<int16_t> ramp(9'600);
  for (size_t at = 0; at < ramp.size(); ++at) ramp[at] = static_cast<int16_t>(at + 1);
  const ClipMemory clip(ramp);
  for (uint32_t phase = 0; phase < kPhasesPerFrame; ++phase) {
    // Outside a room a leg is served in the phase of its slot.
    shard_.Command({testing::OpenPlayer({.slot = phase}, clip.id())});
    LaneCaller& leg = OpenLane(phase, kFull, Alone(phase));
    shard_.Tick(1);
    leg.Hear(shard_, {});
    ASSERT_EQ(leg.heard().size(), 960u) << phase;
    EXPECT_EQ(leg.heard().front(), 1) << phase;
    EXPECT_EQ(leg.heard().back(), 960) << phase;
  }
  Turn(2);
  for (const auto& caller : callers_) {
    for (size_t at = 0; at < caller->heard().size(); ++at) {
      ASSERT_EQ(caller->heard()[at], ramp[at]) << caller->leg().slot;
    }
  }
}

TEST_F(EnginePlayersTest, TwoThatAreTooLoudTogetherAreLimitedAtEveryRateOutsideARoom) {
  // Low enough that at all rates some sample is near each peak.
  constexpr double kOneHz = 430;
  constexpr double kOtherHz = 610;
  constexpr double kLoud = 25'000;
  const ClipMemory one(testing::ToneSamples(kOneHz, kLoud, 1.0, 48000));
  const ClipMemory other(testing::ToneSamples(kOtherHz, kLoud, 1.0, 48000));
  shard_.Command(
      {testing::OpenPlayer({}, one.id(), 0), testing::OpenPlayer({.slot = 1}, other.id(), 0)});
  testing::Route both = Alone(0);
  both.player_beside = 1;
  uint32_t slot = 0;
  for (const uint32_t rate_hz : {8000u, 16000u, 24000u, 44100u, 48000u}) {
    Open<RtpCaller>(slot++, {Codec::kL16, rate_hz}, both, uint8_t{96});
  }
  Turn(60);
  for (const auto& caller : callers_) {
    const uint32_t rate_hz = caller->format().rate_hz;
    const auto second = std::span(caller->heard()).last(rate_hz);
    EXPECT_LE(std::ranges::max(second), static_cast<int>(kLimiterCeiling)) << rate_hz;
    for (const double hz : {kOneHz, kOtherHz}) {
      const double heard = testing::ToneAmplitude(second, hz, rate_hz);
      EXPECT_NEAR(testing::Decibels(heard, kLimiterHeld / 2.0), 0, 0.5) << rate_hz;
    }
  }
  EXPECT_EQ(shard_.engine().stats()->mixes_limited, shard_.engine().stats()->mixes);
}

TEST_F(EnginePlayersTest, MovesOnWhileNobodyListens) {
  std::vector<int16_t> ramp(48'000);
  for (size_t at = 0; at < ramp.size(); ++at) ramp[at] = static_cast<int16_t>(at / 2);
  const ClipMemory clip(ramp);
  shard_.Command({testing::OpenPlayer({}, clip.id())});
  Turn(10);
  LaneCaller& late = OpenLane(0, kFull, Alone(0));
  Turn(1);
  EXPECT_EQ(late.heard().front(), ramp[10 * 960]);
}

TEST_F(EnginePlayersTest, MusicStopsWithinATickOfTheRouteThatEndsIt) {
  const ClipMemory music(Tone48(1.0));
  shard_.Command({testing::OpenRoom(0, 16000), testing::OpenPlayer({}, music.id(), 0)});
  LaneCaller& waiting = OpenLane(0, kWide, Alone(0, 0));
  Turn(5);
  EXPECT_FALSE(IsSilent(waiting.heard()));
  Forget();
  shard_.Command({testing::RouteLeg(waiting.leg(), {.sends = Sends::kNobody})});
  shard_.Tick(1);
  waiting.Hear(shard_, {});
  EXPECT_EQ(waiting.heard(), std::vector<int16_t>(320));
}

TEST_F(EnginePlayersTest, ARefusedRouteLeavesItsLegSilent) {
  const ClipMemory music(Tone48(1.0));
  shard_.Command({testing::OpenPlayer({}, music.id(), 0)});
  LaneCaller& leg = OpenLane(0, kWide, Alone(0));
  Turn(2);
  Forget();
  testing::Route wrong = Alone(0);
  wrong.player_beside = 4'000;
  shard_.Command({testing::RouteLeg(leg.leg(), wrong)});
  Turn(2);
  EXPECT_TRUE(IsSilent(leg.heard()));
  EXPECT_EQ(refused(), 1u);
}

TEST_F(EnginePlayersTest, TellsOnceWhenAPlayerHasEnded) {
  const ClipMemory clip(std::vector<int16_t>(1'500, 9));
  shard_.Command({testing::OpenPlayer({.slot = 2, .generation = 7}, clip.id(), 2)});
  LaneCaller& leg = OpenLane(0, kFull, Alone(2));
  // 3000 samples are three frames and 120 more.
  Turn(4);
  EXPECT_EQ(std::ranges::count(leg.heard(), 9), 3'000);
  EXPECT_EQ(Told(EventKind::kPlayerEnded), 0u);
  Turn(1);
  uint32_t told = 0;
  for (const Record& event : shard_.TakeEvents()) {
    if (event.header().kind != static_cast<uint16_t>(EventKind::kPlayerEnded)) continue;
    ++told;
    EXPECT_EQ(event.As<layout::PlayerEnded>().player, 2u);
    EXPECT_EQ(event.As<layout::PlayerEnded>().player_generation, 7u);
  }
  EXPECT_EQ(told, 1u);
  Turn(10);
  EXPECT_EQ(Told(EventKind::kPlayerEnded), 0u);
  EXPECT_EQ(std::ranges::count(leg.heard(), 9), 3'000);
  shard_.Command({testing::ClosePlayer({.slot = 2, .generation = 7})});
  Turn(1);
  EXPECT_EQ(Told(EventKind::kPlayerClosed), 1u);
  EXPECT_EQ(shard_.engine().stats()->players_ended, 1u);
  EXPECT_EQ(shard_.engine().stats()->players, 0u);
}

TEST_F(EnginePlayersTest, ClosedWhilePlayingItIsHeardNoMoreAndNotMistakenForTheNext) {
  const ClipMemory first(std::vector<int16_t>(480'000, 9));
  const ClipMemory second(std::vector<int16_t>(480'000, 5));
  shard_.Command({testing::OpenPlayer({}, first.id())});
  LaneCaller& leg = OpenLane(0, kFull, Alone(0));
  Turn(2);
  EXPECT_EQ(leg.heard().back(), 9);
  shard_.Command({testing::ClosePlayer({}), testing::OpenPlayer({.generation = 2}, second.id())});
  Turn(2);
  EXPECT_EQ(leg.heard().back(), 0);
  // What is said of the one before is ignored.
  shard_.Command({testing::ClosePlayer({})});
  shard_.Command({testing::RouteLeg(leg.leg(), Alone(0))});
  Turn(2);
  EXPECT_EQ(leg.heard().back(), 5);
  EXPECT_EQ(refused(), 0u);
}

TEST_F(EnginePlayersTest, EndsWhenItsClipIsClosedAndTouchesItNoMore) {
  auto clip = std::make_unique<ClipMemory>(Tone48(10));
  shard_.Command({testing::OpenPlayer({}, clip->id(), 0)});
  LaneCaller& leg = OpenLane(0, kFull, Alone(0));
  Turn(2);
  clip->Withdraw();
  Turn(2);
  EXPECT_EQ(Told(EventKind::kPlayerEnded), 1u);
  // As the control thread does once it was told; under sanitizers a touch would show.
  clip.reset();
  Forget();
  Turn(5);
  EXPECT_TRUE(IsSilent(leg.heard()));
  // One that is not in the table ends at once.
  shard_.Command({testing::OpenPlayer({.slot = 1}, 12'345, 0)});
  Turn(1);
  EXPECT_EQ(Told(EventKind::kPlayerEnded), 1u);
}

TEST_F(EnginePlayersTest, ASlowStreamIsSilenceInBetweenAndLosesNothing) {
  ClipMemory stream(8'192, layout::ClipKind::kStream);
  shard_.Command({testing::OpenPlayer({}, stream.id())});
  LaneCaller& leg = OpenLane(0, kFull, Alone(0));
  constexpr uint32_t kSamples = 40'000;
  uint32_t written = 0;
  for (uint32_t turn = 0; turn < 80; ++turn) {
    std::vector<int16_t> part(std::min(700u, kSamples - written));
    for (uint32_t at = 0; at < part.size(); ++at) {
      part[at] = static_cast<int16_t>(1 + (written + at) % 30'000);
    }
    written += stream.Write(part);
    if (written == kSamples) stream.End();
    Turn();
  }
  std::vector<int16_t> heard = leg.heard();
  std::erase(heard, int16_t{0});
  ASSERT_EQ(heard.size(), kSamples);
  for (uint32_t at = 0; at < kSamples; ++at)
    ASSERT_EQ(heard[at], 1 + static_cast<int>(at % 30'000));
  EXPECT_GT(shard_.engine().stats()->player_frames_starved, 5u);
  EXPECT_EQ(Told(EventKind::kPlayerEnded), 1u);
}

TEST_F(EnginePlayersTest, MorePlayersHeardByManyThanAreKeptSoundAllTheSame) {
  EngineLimits limits = testing::kTestLimits;
  limits.legs_max = 2 * (kStationsMax + 1);
  limits.lanes_max = limits.legs_max;
  limits.players_max = kStationsMax + 1;
  TestShard shard(limits);
  std::vector<std::unique_ptr<ClipMemory>> clips;
  std::vector<LaneCaller> callers;
  for (uint32_t player = 0; player < limits.players_max; ++player) {
    const auto value = static_cast<int16_t>(100 + player);
    clips.push_back(std::make_unique<ClipMemory>(std::vector<int16_t>(48'000, value)));
    std::vector<Record> batch = {testing::OpenPlayer({.slot = player}, clips.back()->id(), 0)};
    for (const uint32_t slot : {2 * player, 2 * player + 1}) {
      callers.emplace_back(testing::LegRef{.slot = slot}, kWide);
      batch.push_back(Record::From(callers.back().OpenLeg()));
      batch.push_back(testing::RouteLeg(callers.back().leg(), Alone(player)));
    }
    shard.Command(batch);
    shard.Tick(1);
  }
  shard.Tick(40);
  for (LaneCaller& caller : callers) {
    caller.Hear(shard, {});
    EXPECT_EQ(caller.heard().back(), static_cast<int16_t>(100 + caller.leg().slot / 2));
  }
  EXPECT_GT(shard.engine().stats()->stations_full, 0u);
}

TEST_F(EnginePlayersTest, TicksThatAreGivenUpCostNoMoreThanAFrame) {
  std::vector<int16_t> ramp(480'000);
  for (size_t at = 0; at < ramp.size(); ++at) ramp[at] = static_cast<int16_t>(at / 960);
  const ClipMemory clip(ramp);
  shard_.Command({testing::OpenPlayer({}, clip.id())});
  LaneCaller& leg = OpenLane(0, kFull, Alone(0));
  Turn(10);
  // Whole frames: one is lost, however long the pause.
  for (const uint32_t ticks : {4u, 8u, 400u}) {
    const int16_t before = leg.heard().back();
    shard_.engine().GiveUpTicks(ticks);
    Turn(2);
    EXPECT_EQ(leg.heard().back(), before + 3) << ticks;
  }
  for (const uint32_t ticks : {1u, 2u, 3u, 4u, 9u, 400u}) {
    const int16_t before = leg.heard().back();
    shard_.engine().GiveUpTicks(ticks);
    Turn(2);
    EXPECT_GT(leg.heard().back(), before) << ticks;
    EXPECT_LE(leg.heard().back(), before + 3) << ticks;
  }
}

}  // namespace
}  // namespace parley
