// A shard, its control thread, and one that decodes, each on a thread of its own: they meet in the
// arena, in the tables of SRTP sessions and of clips, and in the memory of a clip alone. Above all
// for ThreadSanitizer (`make tsan`).

#include "engine/shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "base/record_ring.h"
#include "engine/lane.h"
#include "engine/shared_word.h"
#include "net/udp_socket.h"
#include "rtp/srtp_table.h"
#include "testing/arena_memory.h"
#include "testing/clip_memory.h"
#include "testing/commands.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

using layout::Codec;
using layout::EventKind;

constexpr EngineLimits kLimits = {.legs_max = 4,
                                  .rooms_max = 2,
                                  .lanes_max = 2,
                                  .players_max = 2,
                                  .command_records = 16,
                                  .event_records = 64};
constexpr uint32_t kFrameBytes = 320;  // 20 ms of linear16 at 8 kHz

// The control thread's side, as src/adapters/engine has it.
class Control {
 public:
  explicit Control(const Arena& arena)
      : arena_(arena), commands_(arena.command_ring()), events_(arena.event_ring()) {}

  void Command(std::vector<Record> batch) {
    for (Record& record : batch) {
      std::memcpy(record.bytes + offsetof(layout::RecordHeader, sequence), &sequence_,
                  sizeof(sequence_));
    }
    ++sequence_;
    while (!commands_.Write(batch)) std::this_thread::yield();
  }

  // Until the engine has applied every batch so far.
  void AwaitApplied() {
    Await(EventKind::kBatchApplied, [this](const Record& event) {
      return event.As<layout::BatchApplied>().batch + 1 == sequence_;
    });
  }
  void AwaitClosed(uint32_t leg) {
    Await(EventKind::kLegClosed, [leg](const Record& event) { return event.header().leg == leg; });
  }

  void AwaitPlayer(EventKind kind, uint32_t player) {
    Await(kind, [player](const Record& event) {
      // Both events of players have the same fields.
      return event.As<layout::PlayerEnded>().player == player;
    });
  }

  // One frame of a square wave; false when the lane is full.
  bool Say(uint32_t lane) {
    layout::LaneHead& head = Head(lane);
    if (head.in_write - LoadAcquire(head.in_read) >= layout::kLaneFramesMax) return false;
    std::array<int16_t, kFrameBytes / 2> frame;
    for (size_t i = 0; i < frame.size(); ++i) frame[i] = i % 8 < 4 ? 4'000 : -4'000;
    std::memcpy(FrameAt(lane, head.in_write % layout::kLaneFramesMax), frame.data(), kFrameBytes);
    StoreRelease(head.in_write, head.in_write + 1);
    return true;
  }

  // Whether a frame that is not silent was heard now.
  bool Hear(uint32_t lane) {
    layout::LaneHead& head = Head(lane);
    if (head.out_read == LoadAcquire(head.out_write)) return false;
    std::array<int16_t, kFrameBytes / 2> frame;
    const uint32_t place = layout::kLaneFramesMax + head.out_read % layout::kLaneFramesMax;
    std::memcpy(frame.data(), FrameAt(lane, place), kFrameBytes);
    StoreRelease(head.out_read, head.out_read + 1);
    return std::ranges::any_of(frame, [](int16_t sample) { return sample != 0; });
  }

  uint64_t refused() const { return LoadRelaxed(arena_.stats().commands_refused); }
  void Stop() { StoreRelease(arena_.control().stop, uint32_t{1}); }

 private:
  template <typename Condition>
  void Await(EventKind kind, Condition is_met) {
    for (;; std::this_thread::yield()) {
      while (events_.NextBatchRecords() > 0) {
        const Record event = events_.Read(0);
        events_.ConsumeBatch();
        if (event.header().kind == static_cast<uint16_t>(kind) && is_met(event)) return;
      }
    }
  }

  layout::LaneHead& Head(uint32_t lane) {
    return *reinterpret_cast<layout::LaneHead*>(arena_.lane(lane).data());
  }
  uint8_t* FrameAt(uint32_t lane, uint32_t place) {
    return reinterpret_cast<uint8_t*>(arena_.lane(lane).data()) + sizeof(layout::LaneHead) +
           size_t{place} * layout::kLaneFrameBytes;
  }

  Arena arena_;
  RecordWriter commands_;
  RecordReader events_;
  uint32_t sequence_ = 0;
};

TEST(ShardTest, MeetsItsControlThreadInTheArenaAndTheTableAlone) {
  testing::ArenaMemory memory(kLimits);
  Control control(memory.Open());
  const char* fault = "not run";
  std::thread shard([&] { fault = RunShard(memory.bytes(), {}); });

  control.Command({testing::OpenRoom(0, 8000),
                   Record::From(testing::LaneLeg({.slot = 0}, Codec::kLinear16, 8000, 0)),
                   Record::From(testing::LaneLeg({.slot = 1}, Codec::kLinear16, 8000, 1)),
                   testing::RouteLeg({.slot = 0}, {.room = 0}),
                   testing::RouteLeg({.slot = 1}, {.room = 0})});
  // Meanwhile a secured leg comes, is given other keys, and goes.
  const Address loopback = *Address::Parse("127.0.0.1", 0);
  UdpSocket::OpenResult opened = UdpSocket::Open(loopback, {.receive_buffer_bytes = 65'536});
  ASSERT_EQ(opened.error, 0);
  layout::OpenLeg secured = testing::RtpLeg({.slot = 2}, Codec::kPcmu, 8000, 0,
                                            opened.socket.descriptor(), opened.socket.local());
  std::vector<uint32_t> sessions;
  for (uint8_t key = 1; key <= 5; ++key) {
    constexpr SrtpSuite kSuite = SrtpSuite::kAeadAes128Gcm;
    sessions.push_back(
        *SrtpTable::OfProcess().Add(testing::MakeSrtpSession(kSuite, key, key + 100)));
    secured.srtp_session = sessions.back();
    control.Command({key == 1 ? Record::From(secured) : testing::UpdateLeg(secured)});
    control.AwaitApplied();
    // The session before the one before is no longer touched.
    if (key >= 3) {
      EXPECT_TRUE(SrtpTable::OfProcess().Remove(sessions[key - 3u]));
    }
  }
  int heard = 0;
  while (heard < 20) {
    control.Say(0);
    if (control.Hear(1)) ++heard;
    control.Hear(0);
    std::this_thread::yield();
  }
  control.Command({testing::CloseLeg({.slot = 2})});
  control.AwaitClosed(2);
  for (const uint32_t id : {sessions[3], sessions[4]}) {
    EXPECT_TRUE(SrtpTable::OfProcess().Remove(id));
  }
  EXPECT_EQ(control.refused(), 0u);
  control.Stop();
  shard.join();
  EXPECT_EQ(fault, nullptr);
}

TEST(ShardTest, PlaysWhatIsStillBeingWritten) {
  testing::ArenaMemory memory(kLimits);
  Control control(memory.Open());
  const char* fault = "not run";
  std::thread shard([&] { fault = RunShard(memory.bytes(), {}); });
  control.Command({testing::OpenRoom(0, 8000),
                   Record::From(testing::LaneLeg({.slot = 0}, Codec::kLinear16, 8000, 0)),
                   Record::From(testing::LaneLeg({.slot = 1}, Codec::kLinear16, 8000, 1))});
  for (int round = 0; round < 3; ++round) {
    auto whole = std::make_unique<testing::ClipMemory>(20'000);
    auto stream = std::make_unique<testing::ClipMemory>(4'096, layout::ClipKind::kStream);
    std::thread decoder([&] {
      const std::vector<int16_t> part(300, 1'000);
      for (int written = 0; written < 20'000;) {
        const uint32_t more = stream->Write(part);
        whole->Write(std::span(part).first(more));
        written += static_cast<int>(more);
        std::this_thread::yield();
      }
      whole->End();
      stream->End();
    });
    const auto generation = static_cast<uint32_t>(round + 1);
    const testing::PlayerSlot own = {.slot = 0, .generation = generation};
    const testing::PlayerSlot aloud = {.slot = 1, .generation = generation};
    control.Command({testing::OpenPlayer(own, stream->id()),
                     testing::OpenPlayer(aloud, whole->id(), 0), testing::PlayToRoom(0, aloud),
                     testing::RouteLeg({.slot = 0}, {.room = 0, .player = 0}),
                     testing::RouteLeg({.slot = 1}, {.room = 0})});
    for (int heard = 0; heard < 10;) {
      if (control.Hear(1)) ++heard;
      control.Hear(0);
      std::this_thread::yield();
    }
    control.AwaitPlayer(EventKind::kPlayerEnded, 0);
    // Withdrawn while it sounds, and given away as soon as the engine has said so.
    whole->Withdraw();
    control.AwaitPlayer(EventKind::kPlayerEnded, 1);
    decoder.join();
    whole.reset();
    control.Command({testing::ClosePlayer(own), testing::ClosePlayer(aloud)});
    control.AwaitPlayer(EventKind::kPlayerClosed, 1);
    stream.reset();
  }
  EXPECT_EQ(control.refused(), 0u);
  control.Stop();
  shard.join();
  EXPECT_EQ(fault, nullptr);
}

}  // namespace
}  // namespace parley
