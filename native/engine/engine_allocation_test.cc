// No tick allocates or frees, whatever happens in it.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "base/record_ring.h"
#include "engine/engine.h"
#include "rtp/rtp_packet.h"
#include "rtp/srtp_table.h"
#include "testing/allocation_trap.h"
#include "testing/arena_memory.h"
#include "testing/clip_memory.h"
#include "testing/commands.h"
#include "testing/lock_trap.h"
#include "testing/recording_memory.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

using layout::Codec;
using layout::Hears;
using layout::Sends;

constexpr uint32_t kLegs = 24;
constexpr uint32_t kRooms = 4;
constexpr EngineLimits kLimits = {.legs_max = kLegs,
                                  .rooms_max = kRooms,
                                  .lanes_max = kLegs,
                                  .opus_legs_max = 4,
                                  .players_max = 8,
                                  .recorders_max = 6,
                                  .command_records = 64,
                                  .event_records = 64};

// Gives every descriptor a packet or two at each turn, and takes what is sent, all in memory of its
// own.
class NoisyPort final : public DatagramPort {
 public:
  std::optional<Datagram> Receive(int descriptor) override {
    if (Draw(2) == 0) return std::nullopt;
    return Datagram{Draft(descriptor), {.bytes = {127, 0, 0, 1}, .port = 9, .family = 4}};
  }
  std::optional<std::span<uint8_t>> ReceiveOfPeer(int descriptor) override {
    if (Draw(3) == 0) return std::nullopt;
    return Draft(descriptor);
  }
  int64_t ArrivalNs(int, int64_t now_ns, int64_t) override { return now_ns; }
  SendResult Send(int, const Address&, std::span<const uint8_t>) override {
    ++sent;
    return SendResult::kSent;
  }
  bool Connect(int, const Address&) override { return true; }
  void Disconnect(int) override {}

  uint64_t sent = 0;

 private:
  uint32_t Draw(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  std::span<uint8_t> Draft(int descriptor) {
    for (uint8_t& byte : packet_) byte = static_cast<uint8_t>(random_());
    uint16_t& sequence = sequences_[static_cast<size_t>(descriptor)];
    // Mostly a well-formed stream; now and then a jump, another type, or noise.
    if (Draw(50) == 0) sequence = static_cast<uint16_t>(random_());
    if (Draw(20) != 0) {
      const RtpHeader header = {.marker = false,
                                .payload_type = static_cast<uint8_t>(Draw(30) == 0 ? 101 : 0),
                                .sequence = ++sequence,
                                .timestamp = sequence * 160u,
                                .ssrc = 1};
      WriteRtpPacket(header, {}, std::span(packet_).subspan(kRtpHeaderBytes), packet_);
    }
    return packet_;
  }

  std::minstd_rand random_{7};
  std::array<uint16_t, kLegs * 2> sequences_{};
  std::array<uint8_t, kRtpHeaderBytes + 160> packet_;
};

// Recorders, of rooms and legs, and the one who reads their rings and now and then is away.
class Recordings {
 public:
  uint32_t Draw(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  Record Command() {
    const testing::RecorderSlot recorder = {.slot = Draw(kLimits.recorders_max)};
    switch (Draw(4)) {
      case 0:
        return Draw(4) == 0 ? testing::CloseRecorder(recorder) : Open(recorder);
      case 1:
        return testing::SetRecorder(recorder, static_cast<layout::RecorderMode>(Draw(3)));
      default:
        return Open(recorder);
    }
  }

  void Read() {
    if (Draw(100) == 0) is_reading_ = !is_reading_;
    for (testing::RecordingMemory& ring : rings_) {
      layout::RecordingHead& head = ring.head();
      if (is_reading_) head.read = head.write;
      // A ring is used once; this one as if it were new.
      if (head.ended != 0) head.read = head.write = head.ended = 0;
    }
  }

 private:
  Record Open(testing::RecorderSlot recorder) {
    const bool is_dual = recorder.slot < kDualRings;
    const auto source = static_cast<layout::RecorderSource>(is_dual ? 3 : Draw(4));
    return testing::OpenRecorder(
        recorder, rings_[recorder.slot].id(),
        {.room = Draw(kRooms), .source = source, .leg = {.slot = Draw(kLegs)}});
  }

  static constexpr uint32_t kDualRings = 2;  // the first of them

  std::minstd_rand random_{13};
  std::array<testing::RecordingMemory, kLimits.recorders_max> rings_ = {
      testing::RecordingMemory(48'000, 2, 16), testing::RecordingMemory(8'000, 2, 16),
      testing::RecordingMemory(8'000, 1, 16),  testing::RecordingMemory(16'000, 1, 16),
      testing::RecordingMemory(16'000, 1, 16), testing::RecordingMemory(48'000, 1, 16)};
  bool is_reading_ = true;
};

class Changes {
 public:
  // To be destroyed after the engine.
  ~Changes() {
    for (const uint32_t id : sessions_) SrtpTable::OfProcess().Remove(id);
  }

  // A batch of random commands, right and wrong ones.
  std::vector<Record> Next() {
    std::vector<Record> batch;
    stream_.Write(std::array<int16_t, 200>{});
    recording_.Read();
    for (uint32_t count = Draw(5); count > 0; --count) batch.push_back(Command());
    if (recording_.Draw(3) == 0) batch.push_back(recording_.Command());
    return batch;
  }

 private:
  Record Command() {
    const testing::LegRef leg = {.slot = Draw(kLegs), .generation = 1};
    switch (Draw(16)) {
      case 10:
        return testing::LimitEffort({.opus_complexity_max = Draw(11),
                                     .ranked_above_max = 1 + Draw(8),
                                     .talkers_max = 1 + Draw(3)});
      case 0:
        return testing::OpenRoom(Draw(kRooms), 8000u << Draw(2), Draw(4));
      case 1:
        return Draw(10) == 0 ? testing::CloseRoom(Draw(kRooms))
                             : testing::SetRoomRate(Draw(kRooms), 8000u << Draw(2));
      case 2:
        return testing::CloseLeg(leg);
      case 3:
        return Record::From(testing::LaneLeg(leg, Codec::kLinear16, 8000u << Draw(2), leg.slot));
      case 4:
      case 6:
        return Record::From(RtpMedia(leg));
      case 5: {
        layout::OpenLeg command = RtpMedia(leg);
        command.codec = static_cast<uint8_t>(Draw(2));
        command.remote_family = Draw(2) * 4;
        command.parked = Draw(10) == 0 ? 1 : 0;
        command.remote_address[0] = 127;
        command.remote_address[3] = 1;
        command.remote_rtp_port = 9 + Draw(2);
        command.direction = Draw(3) == 0 ? Draw(4) : 0;
        return testing::UpdateLeg(command);
      }
      case 7: {
        // Codecs with state; the noise is no sound to them, but must be taken. Every packet length.
        constexpr std::array kCodecs = {Codec::kOpus, Codec::kG722, Codec::kL16};
        constexpr std::array<uint32_t, 3> kRates = {48000, 16000, 44100};
        const uint32_t which = Draw(kCodecs.size());
        layout::OpenLeg command = testing::RtpLeg(leg, kCodecs[which], kRates[which], 0,
                                                  static_cast<int>(leg.slot), Address{});
        command.ptime_ms = which == 1 ? 40 : 20;
        command.pcma_payload_type = which == 1 ? 101 : 255;
        command.opus_dtx = static_cast<uint8_t>(Draw(2));
        command.opus_fec = 1;
        return Record::From(command);
      }
      case 8:
        return testing::OpenPlayer(RandomPlayer(), Draw(2) == 0 ? whole_.id() : stream_.id(),
                                   Draw(3));
      case 9:
        return Draw(3) == 0 ? testing::ClosePlayer(RandomPlayer())
                            : testing::PlayToRoom(Draw(kRooms), RandomPlayer(), Draw(kLegs));
      default:
        return testing::RouteLeg(leg, {.room = Draw(kRooms),
                                       .sends = static_cast<Sends>(Draw(3)),
                                       .hears = static_cast<Hears>(Draw(2)),
                                       .whisper_to = Draw(kLegs),
                                       .player = RandomPlayer().slot,
                                       .player_beside = RandomPlayer().slot});
    }
  }

  testing::PlayerSlot RandomPlayer() { return {.slot = Draw(kLimits.players_max)}; }

  layout::OpenLeg RtpMedia(testing::LegRef leg) {
    layout::OpenLeg command =
        testing::RtpLeg(leg, Codec::kPcmu, 8000, 0, static_cast<int>(leg.slot), Address{});
    command.telephone_event_payload_type = 101;
    command.rtcp_fd = static_cast<int>(leg.slot + kLegs);
    if (Draw(16) == 0) {
      constexpr SrtpSuite kSuite = SrtpSuite::kAesCm128HmacSha1Tag80;
      sessions_.push_back(*SrtpTable::OfProcess().Add(testing::MakeSrtpSession(kSuite, 1, 2)));
      command.srtp_session = sessions_.back();
    }
    return command;
  }

  uint32_t Draw(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  std::minstd_rand random_{11};
  std::vector<uint32_t> sessions_;
  testing::ClipMemory whole_{std::vector<int16_t>(7'001, 300)};
  testing::ClipMemory stream_{8'192, layout::ClipKind::kStream};
  Recordings recording_;
};

class EngineAllocationTest : public ::testing::TestWithParam<Spreading> {};

TEST_P(EngineAllocationTest, TenThousandTicksAllocateAndLockNothing) {
  testing::ArenaMemory memory(kLimits);
  const Arena arena = memory.Open();
  NoisyPort port;
  Changes changes;
  Engine engine(arena, port, nullptr, GetParam());
  RecordWriter commands(arena.command_ring());
  RecordReader events(arena.event_ring());
  TickTime time = {
      .now_ns = 1'000'000'000, .wall_ns = 1'700'000'000'000'000'000, .deadline_ns = 1'000'000'000};
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t locks = 0;
  uint64_t events_read = 0;
  for (uint32_t tick = 0; tick < 10'000; ++tick) {
    const std::vector<Record> batch = changes.Next();
    ASSERT_TRUE(batch.empty() || commands.Write(batch));
    for (uint32_t lane = 0; lane < kLegs; ++lane) {
      ++reinterpret_cast<layout::LaneHead*>(arena.lane(lane).data())->in_write;
    }
    time.Advance(kTickNs);
    {
      const testing::AllocationTrap trap;
      const testing::LockTrap lock_trap;
      engine.Tick(time);
      if (tick % 1'000 == 999) engine.GiveUpTicks(13);
      allocations += trap.allocations();
      frees += trap.frees();
      locks += lock_trap.locks();
    }
    while (events.NextBatchRecords() > 0) {
      events.ConsumeBatch();
      ++events_read;
    }
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_EQ(frees, 0u);
  EXPECT_EQ(locks, 0u);
  // It was a life worth watching.
  EXPECT_GT(port.sent, 10'000u);
  EXPECT_GT(events_read, 10'000u);
  EXPECT_GT(engine.stats()->frames_played, 10'000u);
  EXPECT_GT(engine.stats()->mixes, 5'000u);
  EXPECT_GT(engine.stats()->player_frames, 1'000u);
  EXPECT_GT(engine.stats()->player_frames_starved, 100u);
  EXPECT_GT(engine.stats()->players_ended, 10u);
  EXPECT_GT(engine.stats()->recorded_frames, 1'000u);
  EXPECT_GT(engine.stats()->recorded_frames_lost, 100u);
  EXPECT_GT(engine.stats()->rtcp_sent, 50u);
  EXPECT_GT(engine.stats()->srtp_auth_failed, 1'000u);
  EXPECT_GT(engine.stats()->encoders_forked, 50u);
  EXPECT_GT(engine.stats()->encoders_rejoined, 0u);
}

INSTANTIATE_TEST_SUITE_P(Rooms, EngineAllocationTest,
                         ::testing::Values(Spreading{}, Spreading{.above = 3, .gather_below = 2}),
                         [](const auto& of) { return of.param.above == 3 ? "Spread" : "Whole"; });

}  // namespace
}  // namespace parley
