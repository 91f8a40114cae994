// Test support: a room on one shard, and its twin that spans several: the same people say the same
// in both.

#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "engine/room_span.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley::testing {

// The memory of a span, in the table of the process while it lives.
class SpanMemory {
 public:
  explicit SpanMemory(uint32_t members, uint32_t legs_max = kTestLimits.legs_max);
  ~SpanMemory();
  SpanMemory(const SpanMemory&) = delete;
  SpanMemory& operator=(const SpanMemory&) = delete;

  uint32_t id() const { return id_; }
  RoomSpan& span() { return span_; }

 private:
  RoomSpan span_;
  uint32_t id_;
};

// Somebody in both rooms, by lane.
struct Twin {
  uint32_t member;
  LaneCaller in_whole;
  LaneCaller in_part;
  int32_t level = 0;  // of the noise it makes, 0 to 32767
};

class SpannedRoom {
 public:
  static constexpr uint32_t kRoom = 1;

  // What rooms are opened with.
  struct Config {
    uint32_t members = 2;
    uint32_t rate_hz = 16000;
    uint32_t phase = 0;
    uint32_t ranked_above = 0;
    uint32_t talkers_max = 1;
  };
  explicit SpannedRoom(const Config& config);

  // Makes the room of a member part of the span, and opens it first unless it is open.
  void Join(uint32_t member);
  // All of them, before anybody is there: all are known to be members in the first turn that
  // counts.
  [[nodiscard]] bool JoinAll();
  // So many to each member, those of the last first.
  void Fill(uint32_t each, int32_t level);
  // The room of a member is its own again, or closed.
  void Leave(uint32_t member);
  void Close(uint32_t member);

  // Somebody comes to a member, speaking and hearing; returns a number. The twins rank alike as
  // long as those of the last member come first.
  uint32_t Add(uint32_t member, int32_t level);
  // Routes somebody in both rooms. `whisper_to`: a number.
  void Route(uint32_t who, layout::Sends sends, layout::Hears hears = layout::Hears::kRoom,
             uint32_t whisper_to = layout::kNone);
  void Remove(uint32_t who);

  // Everybody says 20 ms of noise. False when somebody heard something else in the one room than in
  // the other; says who.
  [[nodiscard]] bool Turn();
  // As Turn, but this member, if there is one, stands still and has its ticks afterwards; what is
  // heard is not compared.
  void TurnWithout(uint32_t member);

  std::vector<Twin>& people() { return people_; }
  TestShard& whole() { return whole_; }
  TestShard& part(uint32_t member) { return *parts_[member]; }
  uint32_t members() const { return static_cast<uint32_t>(parts_.size()); }
  uint64_t late();
  uint64_t refused();
  RoomSpan& span() { return memory_.span(); }
  // What each heard in the last turn, in the room that spans.
  const std::vector<std::vector<int16_t>>& heard() const { return heard_; }
  const std::vector<std::vector<int16_t>>& said() const { return said_; }

  // The two halves of Turn, for those who tick the parts themselves.
  void Say();
  bool Hear();

 private:
  layout::OpenRoom RoomCommand() const;
  uint32_t NumberInPart(uint32_t who) const { return people_[who].in_part.leg().slot; }

  Config config_;
  SpanMemory memory_;
  TestShard whole_;
  std::vector<std::unique_ptr<TestShard>> parts_;
  std::vector<bool> is_open_;
  std::vector<uint32_t> slots_;  // taken, by member
  std::vector<Twin> people_;
  std::vector<bool> is_here_;
  std::vector<std::vector<int16_t>> heard_;
  std::vector<std::vector<int16_t>> said_;
  std::minstd_rand random_{7};
};

}  // namespace parley::testing
