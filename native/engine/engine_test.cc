// Commands, batches and events of the engine; levels, lanes and rooms.

#include "engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
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

std::vector<int16_t> Level(const CodecFormat& format, int16_t value) {
  return std::vector<int16_t>(FrameSamples(format.rate_hz), value);
}

// The last `frames` frames heard, as the set of values in them.
std::vector<int16_t> LastValues(testing::TestCaller& caller, size_t frames) {
  const auto& heard = caller.heard();
  const size_t samples = frames * caller.frame_samples();
  EXPECT_GE(heard.size(), samples);
  std::vector<int16_t> values(heard.end() - static_cast<std::ptrdiff_t>(samples), heard.end());
  std::ranges::sort(values);
  const auto [first, last] = std::ranges::unique(values);
  values.erase(first, last);
  return values;
}

// Three lanes at 16 kHz, none opened yet.
class EngineTest : public ::testing::Test {
 protected:
  std::vector<Record> OpenAll(uint32_t phase = 0) {
    std::vector<Record> batch = {testing::OpenRoom(1, 16000, phase)};
    for (LaneCaller& caller : callers_) {
      batch.push_back(Record::From(caller.OpenLeg()));
      batch.push_back(testing::RouteLeg(caller.leg(), {.room = 1}));
    }
    return batch;
  }

  // 20 ms in which caller n speaks values[n] without end.
  void Turn(const std::vector<int16_t>& values) {
    for (size_t index = 0; index < values.size(); ++index) {
      callers_[index].Send(shard_, Level(kWide, values[index]));
    }
    shard_.Tick(4);
    for (LaneCaller& caller : callers_) caller.Hear(shard_, {});
  }

  uint64_t Refused() { return shard_.engine().stats()->commands_refused; }

  TestShard shard_;
  std::vector<LaneCaller> callers_ = {LaneCaller({.slot = 0}, kWide),
                                      LaneCaller({.slot = 1}, kWide),
                                      LaneCaller({.slot = 2}, kWide)};
};

TEST_F(EngineTest, MixesTheVeryFirstFrameOfABatchRight) {
  shard_.Command(OpenAll());
  Turn({100, 20, 3});
  EXPECT_EQ(LastValues(callers_[0], 1), (std::vector<int16_t>{23}));
  EXPECT_EQ(LastValues(callers_[1], 1), (std::vector<int16_t>{103}));
  EXPECT_EQ(LastValues(callers_[2], 1), (std::vector<int16_t>{120}));
}

TEST_F(EngineTest, MixesARoomOnceInTwentyMillisecondsInItsPhase) {
  shard_.Command(OpenAll(3));
  for (uint32_t tick = 0; tick < 12; ++tick) {
    const uint64_t mixes = shard_.engine().stats()->mixes;
    shard_.Tick();
    EXPECT_EQ(shard_.engine().stats()->mixes - mixes, tick % 4 == 3 ? 1u : 0u);
  }
}

TEST_F(EngineTest, TellsTheControlThreadOfBatchesAndTheirTick) {
  shard_.Tick(7);
  shard_.Command(OpenAll());
  shard_.Command({testing::SetRoomRate(1, 8000)});
  shard_.Tick();
  const std::vector<Record> events = shard_.TakeEvents();
  ASSERT_EQ(events.size(), 2u);
  for (uint32_t index = 0; index < 2; ++index) {
    const auto event = events[index].As<layout::BatchApplied>();
    EXPECT_EQ(event.header.kind, static_cast<uint16_t>(EventKind::kBatchApplied));
    EXPECT_EQ(event.header.sequence, index);
    EXPECT_EQ(event.batch, index);
    EXPECT_EQ(event.tick, 7u);
  }
  EXPECT_EQ(shard_.engine().stats()->commands_applied, 8u);
}

TEST_F(EngineTest, DoesNotApplyABatchPublishedInPart) {
  const std::vector<Record> batch = OpenAll();
  shard_.Command(batch);
  layout::RingIndices& indices = *shard_.arena().command_ring().indices;
  const uint32_t whole = indices.write;
  for (uint32_t published = 1; published < whole; ++published) {
    indices.write = published;
    shard_.Tick();
    ASSERT_EQ(shard_.engine().stats()->commands_applied, 0u);
  }
  indices.write = whole;
  shard_.Tick();
  EXPECT_EQ(shard_.engine().stats()->commands_applied, batch.size());
  EXPECT_EQ(indices.read, whole);
}

TEST_F(EngineTest, BoundsTheCommandsOfATickAtTheEdgeOfABatch) {
  const std::vector<Record> batch(100, testing::CloseRoom(9));
  TestShard shard(
      {.legs_max = 4, .rooms_max = 16, .lanes_max = 0, .command_records = 512, .event_records = 2});
  for (int count = 0; count < 5; ++count) shard.Command(batch);
  shard.Tick();
  EXPECT_EQ(shard.engine().stats()->commands_refused, 200u);
  shard.Tick();
  EXPECT_EQ(shard.engine().stats()->commands_refused, 400u);
  // A batch beyond the bound is applied all the same, alone.
  shard.Tick();
  shard.Command(std::vector<Record>(300, testing::CloseRoom(9)));
  shard.Command({testing::CloseRoom(9)});
  shard.Tick();
  EXPECT_EQ(shard.engine().stats()->commands_refused, 800u);
}

TEST_F(EngineTest, CountsEventsThatFindNoPlace) {
  TestShard shard(
      {.legs_max = 4, .rooms_max = 4, .lanes_max = 0, .command_records = 16, .event_records = 4});
  for (int count = 0; count < 6; ++count) shard.Command({testing::SetRoomRate(9, 8000)});
  shard.Tick();
  EXPECT_EQ(shard.engine().stats()->events_dropped, 8u);
  const std::vector<Record> events = shard.TakeEvents();
  ASSERT_EQ(events.size(), 4u);
  shard.Command({testing::SetRoomRate(9, 8000)});
  shard.Tick();
  // The numbers show what is missing.
  EXPECT_EQ(shard.TakeEvents().front().header().sequence, 12u);
}

TEST_F(EngineTest, TellsOfTheFirstFrameAndTheEndOfALeg) {
  shard_.Command(OpenAll());
  shard_.Tick();
  EXPECT_EQ(shard_.CountEvents(EventKind::kLegMediaStarted), 0u);
  Turn({1, 1, 1});
  Turn({1, 1, 1});
  EXPECT_EQ(shard_.CountEvents(EventKind::kLegMediaStarted), 3u);
  EXPECT_EQ(shard_.engine().stats()->legs, 3u);
  shard_.Command({testing::CloseLeg(callers_[1].leg())});
  shard_.Tick();
  const std::vector<Record> events = shard_.TakeEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].header().kind, static_cast<uint16_t>(EventKind::kLegClosed));
  EXPECT_EQ(events[1].header().leg, 1u);
  EXPECT_EQ(events[1].header().generation, 1u);
  EXPECT_EQ(shard_.engine().stats()->legs, 2u);
  EXPECT_EQ(shard_.arena().leg(1).in_use, 0u);
}

TEST_F(EngineTest, IgnoresCommandsForAnOlderLifeOfASlot) {
  shard_.Command(OpenAll());
  Turn({1, 1, 1});
  shard_.Command({testing::CloseLeg({.slot = 1, .generation = 1})});
  shard_.Tick(2);
  layout::OpenLeg again = callers_[1].OpenLeg();
  again.header.generation = 2;
  shard_.Command({Record::From(again)});
  shard_.Tick();
  // Not served yet, and nothing left of the life before.
  EXPECT_EQ(shard_.arena().leg(1).packets_sent, 0u);
  shard_.Command({testing::CloseLeg({.slot = 1, .generation = 1}),
                  testing::RouteLeg({.slot = 1, .generation = 1}, {.room = 1})});
  shard_.Tick();
  EXPECT_EQ(shard_.arena().leg(1).in_use, 1u);
  EXPECT_EQ(shard_.arena().leg(1).generation, 2u);
  EXPECT_EQ(Refused(), 0u);
  shard_.Command({testing::CloseLeg({.slot = 1, .generation = 3})});
  shard_.Tick();
  EXPECT_EQ(Refused(), 1u);
}

TEST_F(EngineTest, LegsOfAClosedRoomFallSilent) {
  shard_.Command(OpenAll());
  Turn({100, 20, 3});
  shard_.Command({testing::CloseRoom(1)});
  Turn({100, 20, 3});
  Turn({100, 20, 3});
  for (LaneCaller& caller : callers_) {
    EXPECT_EQ(LastValues(caller, 1), (std::vector<int16_t>{0}));
  }
  EXPECT_EQ(shard_.engine().stats()->rooms, 0u);
  // The slot can be used again at once, and a leg routed from nowhere into it.
  shard_.Command({testing::OpenRoom(1, 16000, 2), testing::RouteLeg({.slot = 0}, {.room = 1}),
                  testing::RouteLeg({.slot = 1}, {.room = 1})});
  Turn({100, 20, 3});
  Turn({100, 20, 3});
  EXPECT_EQ(LastValues(callers_[0], 1), (std::vector<int16_t>{20}));
  EXPECT_EQ(Refused(), 0u);
}

TEST_F(EngineTest, PublishesLevelsAndContribution) {
  shard_.Command(OpenAll());
  Turn({32767, 0, 0});
  const layout::LegSlot& talker = shard_.arena().leg(0);
  const layout::LegSlot& listener = shard_.arena().leg(1);
  EXPECT_EQ(talker.frame_rate_hz, 16000u);
  EXPECT_EQ(talker.input_contributes, 1u);
  EXPECT_EQ(talker.input_level_dbov, 0u);
  EXPECT_EQ(talker.output_level_dbov, 127u);
  EXPECT_EQ(listener.input_contributes, 0u);
  EXPECT_EQ(listener.input_level_dbov, 127u);
  // Brought down to -4 dBFS by the limiter, within the frame.
  EXPECT_LE(listener.output_level_dbov, 4u);
  EXPECT_EQ(listener.packets_received, 1u);
  EXPECT_EQ(listener.packets_sent, 1u);
}

TEST_F(EngineTest, ChangesTheRateOfARoomAtTheEdgeOfATick) {
  shard_.Command(OpenAll());
  for (int turn = 0; turn < 3; ++turn) Turn({1000, 200, 30});
  shard_.Command({testing::SetRoomRate(1, 8000)});
  for (int turn = 0; turn < 5; ++turn) Turn({1000, 200, 30});
  EXPECT_EQ(shard_.arena().leg(0).frame_rate_hz, 8000u);
  // The filters pass a constant unchanged once they are full of it.
  EXPECT_EQ(LastValues(callers_[0], 2), (std::vector<int16_t>{230}));
  shard_.Command({testing::SetRoomRate(1, 48000)});
  for (int turn = 0; turn < 5; ++turn) Turn({1000, 200, 30});
  EXPECT_EQ(shard_.arena().leg(0).frame_rate_hz, 48000u);
  EXPECT_EQ(LastValues(callers_[2], 2), (std::vector<int16_t>{1200}));
}

TEST_F(EngineTest, SharesOneMixAndOneEncodeAmongListeners) {
  TestShard shard;
  constexpr uint32_t kListeners = 20;
  std::vector<Record> batch = {testing::OpenRoom(0, 16000)};
  for (uint32_t slot = 0; slot <= kListeners; ++slot) {
    batch.push_back(Record::From(LaneCaller({.slot = slot}, kWide).OpenLeg()));
    const Sends sends = slot == 0 ? Sends::kRoom : Sends::kNobody;
    batch.push_back(testing::RouteLeg({.slot = slot}, {.room = 0, .sends = sends}));
  }
  shard.Command(batch);
  LaneCaller talker({.slot = 0}, kWide);
  for (uint64_t turn = 1; turn <= 10; ++turn) {
    talker.Send(shard, Level(kWide, 500));
    shard.Tick(4);
    EXPECT_EQ(shard.engine().stats()->mixes, 2 * turn);
    EXPECT_EQ(shard.engine().stats()->encodes, 2 * turn);
    EXPECT_EQ(shard.engine().stats()->encodes_shared, (kListeners - 1) * turn);
    EXPECT_EQ(shard.engine().stats()->lane_frames_sent, (kListeners + 1) * turn);
  }
  LaneCaller last({.slot = kListeners}, kWide);
  last.Hear(shard, {});
  EXPECT_EQ(LastValues(last, 10), (std::vector<int16_t>{500}));
}

TEST_F(EngineTest, RefusesWhatIsNotValid) {
  struct Case {
    const char* what;
    Record record;
  };
  const layout::OpenLeg good = LaneCaller({.slot = 9}, kWide).OpenLeg();
  const layout::OpenLeg rtp = testing::RtpLeg({.slot = 9}, Codec::kPcmu, 8000, 0, 5, Address{});
  const auto changed = [](layout::OpenLeg command, auto change) {
    change(command);
    return Record::From(command);
  };
  Record unknown = testing::CloseRoom(1);
  unknown.bytes[0] = std::byte{77};
  const Case cases[] = {
      {"unknown kind", unknown},
      {"room beyond the limit", testing::OpenRoom(16, 8000)},
      {"room open already", testing::OpenRoom(1, 8000)},
      {"rate of no room", testing::OpenRoom(2, 24000)},
      {"phase", testing::OpenRoom(2, 8000, 4)},
      {"rate of a room not open", testing::SetRoomRate(2, 8000)},
      {"odd rate", testing::SetRoomRate(1, 11025)},
      {"closing a room not open", testing::CloseRoom(layout::kNone)},
      {"leg beyond the limit", changed(good, [](auto& leg) { leg.header.leg = 64; })},
      {"leg in use", changed(good, [](auto& leg) { leg.header.leg = 0; })},
      {"lane in use", changed(good, [](auto& leg) { leg.lane = 0; })},
      {"no lane", changed(good, [](auto& leg) { leg.lane = layout::kNone; })},
      {"transport", changed(good, [](auto& leg) { leg.transport = 2; })},
      {"codec", changed(good, [](auto& leg) { leg.codec = 4; })},
      {"rate of codec", changed(good, [](auto& leg) { leg.rate_hz = 44100; })},
      {"PCMU at 16 kHz", changed(rtp, [](auto& leg) { leg.rate_hz = 16000; })},
      {"ptime", changed(rtp, [](auto& leg) { leg.ptime_ms = 30; })},
      {"jitter", changed(rtp, [](auto& leg) { leg.jitter_ms = 201; })},
      {"payload type", changed(rtp, [](auto& leg) { leg.payload_type = 128; })},
      {"descriptor", changed(rtp, [](auto& leg) { leg.rtp_fd = -1; })},
      {"family", changed(rtp, [](auto& leg) { leg.remote_family = 5; })},
      {"port", changed(rtp, [](auto& leg) { leg.remote_family = 4; })},
      {"closing a leg beyond the limit", testing::CloseLeg({.slot = 4'000'000'000})},
      {"closing a leg not in use", testing::CloseLeg({.slot = 9, .generation = 5})},
      {"routing a leg not in use", testing::RouteLeg({.slot = 9, .generation = 5}, {.room = 1})},
  };
  shard_.Command(OpenAll());
  shard_.Tick();
  for (const Case& each : cases) {
    shard_.TakeEvents();
    const uint64_t refused = Refused();
    shard_.Command({each.record});
    shard_.Tick();
    EXPECT_EQ(Refused() - refused, 1u) << each.what;
    const std::vector<Record> events = shard_.TakeEvents();
    ASSERT_EQ(events.size(), 2u) << each.what;
    const auto event = events[0].As<layout::CommandRefused>();
    EXPECT_EQ(event.header.kind, static_cast<uint16_t>(EventKind::kCommandRefused)) << each.what;
    EXPECT_EQ(event.command_kind, each.record.header().kind) << each.what;
    EXPECT_EQ(event.header.leg, each.record.header().leg) << each.what;
  }
  EXPECT_EQ(shard_.engine().stats()->legs, 3u);
  EXPECT_EQ(shard_.engine().stats()->rooms, 1u);
}

TEST_F(EngineTest, CountsStarvedAndOverflowingLanes) {
  shard_.Command(OpenAll());
  Turn({1, 1, 1});
  shard_.Tick(4);
  EXPECT_EQ(shard_.engine().stats()->lane_frames_starved, 3u);
  shard_.Tick(4 * 40);
  EXPECT_EQ(shard_.engine().stats()->lane_frames_starved, 3u);
  // 42 turns without a reader after the first: 32 fit.
  EXPECT_EQ(shard_.engine().stats()->lane_frames_overflow, 3u * (41 - 32));
}

TEST_F(EngineTest, GivesUpTicksWithoutLosingItsPlaceInTime) {
  TestShard shard;
  testing::RtpCaller caller({.slot = 0}, {Codec::kPcmu, 8000}, 0);
  shard.Command({testing::OpenRoom(0, 8000, 2), Record::From(caller.OpenLeg()),
                 testing::RouteLeg({.slot = 0}, {.room = 0})});
  shard.Tick(4);
  const std::vector<uint8_t> before = shard.port().TakeSent().front().bytes;
  shard.engine().GiveUpTicks(26);
  EXPECT_EQ(shard.engine().tick(), 30u);
  // Ticks 6, 10, 14, 18, 22, 26 were the room's: the next one is tick 30.
  shard.Tick(1);
  const std::vector<uint8_t> after = shard.port().TakeSent().front().bytes;
  const auto stamp = [](const std::vector<uint8_t>& packet) {
    return ParseRtpPacket(packet)->header.timestamp;
  };
  EXPECT_EQ(stamp(after) - stamp(before), 7u * 160u);
  EXPECT_EQ(ParseRtpPacket(after)->header.sequence,
            static_cast<uint16_t>(ParseRtpPacket(before)->header.sequence + 1));
  // Ticks 31 to 33 are none of the room's.
  shard.engine().GiveUpTicks(3);
  shard.Tick(1);
  EXPECT_EQ(stamp(shard.port().TakeSent().front().bytes) - stamp(after), 160u);
}

}  // namespace
}  // namespace parley
