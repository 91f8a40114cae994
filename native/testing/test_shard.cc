#include "testing/test_shard.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

namespace parley::testing {

TestShard::TestShard(const EngineLimits& limits, PhaseMeter::Clock phase_clock,
                     const Spreading& spreading)
    : memory_(limits),
      arena_(memory_.Open()),
      engine_(arena_, port_, phase_clock, spreading),
      commands_(arena_.command_ring()),
      events_(arena_.event_ring()) {}

void TestShard::Command(std::vector<Record> batch) {
  for (Record& record : batch) {
    std::memcpy(record.bytes + offsetof(layout::RecordHeader, sequence), &batch_sequence_,
                sizeof(batch_sequence_));
  }
  ++batch_sequence_;
  ASSERT_TRUE(commands_.Write(batch));
}

void TestShard::Tick(uint32_t ticks) {
  for (uint32_t tick = 0; tick < ticks; ++tick) {
    if (!BeginTick()) engine_.Resume(Patience::kFinish);
  }
}

bool TestShard::BeginTick() {
  time_.Advance(kTickNs);
  return engine_.Tick(time_);
}

std::vector<Record> TestShard::TakeEvents() {
  std::vector<Record> events;
  while (events_.NextBatchRecords() > 0) {
    events.push_back(events_.Read(0));
    events_.ConsumeBatch();
  }
  return events;
}

uint32_t TestShard::CountEvents(layout::EventKind kind) {
  uint32_t count = 0;
  for (const Record& event : TakeEvents()) {
    if (event.header().kind == static_cast<uint16_t>(kind)) ++count;
  }
  return count;
}

layout::LaneHead& TestShard::lane_head(uint32_t lane) {
  return *reinterpret_cast<layout::LaneHead*>(arena_.lane(lane).data());
}

bool TestShard::WriteLane(uint32_t lane, std::span<const uint8_t> frame) {
  layout::LaneHead& head = lane_head(lane);
  if (head.in_write - head.in_read >= layout::kLaneFramesMax) return false;
  const size_t place = head.in_write % layout::kLaneFramesMax;
  std::memcpy(arena_.lane(lane).data() + sizeof(head) + place * layout::kLaneFrameBytes,
              frame.data(), frame.size());
  ++head.in_write;
  return true;
}

std::optional<std::vector<uint8_t>> TestShard::ReadLane(uint32_t lane, size_t frame_bytes) {
  layout::LaneHead& head = lane_head(lane);
  if (head.out_read == head.out_write) return std::nullopt;
  const size_t place = layout::kLaneFramesMax + head.out_read % layout::kLaneFramesMax;
  const uint8_t* frame = arena_.lane(lane).data() + sizeof(head) + place * layout::kLaneFrameBytes;
  ++head.out_read;
  return std::vector<uint8_t>(frame, frame + frame_bytes);
}

}  // namespace parley::testing
