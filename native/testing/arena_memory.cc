#include "testing/arena_memory.h"

#include "base/assert.h"

namespace parley::testing {
namespace {

uint32_t RingBytes(uint32_t records) {
  return static_cast<uint32_t>(sizeof(layout::RingIndices)) + records * layout::kRecordBytes;
}

layout::ArenaHeader HeaderFor(const EngineLimits& limits) {
  layout::ArenaHeader header{};
  header.magic = layout::kMagic;
  header.version = layout::kVersion;
  header.checksum = layout::kChecksum;
  header.legs_max = limits.legs_max;
  header.rooms_max = limits.rooms_max;
  header.lanes_max = limits.lanes_max;
  header.opus_legs_max = limits.opus_legs_max;
  header.players_max = limits.players_max;
  header.recorders_max = limits.recorders_max;
  header.command_records = limits.command_records;
  header.event_records = limits.event_records;
  header.control_offset = sizeof(layout::ArenaHeader);
  header.command_ring_offset = header.control_offset + uint32_t{sizeof(layout::ControlBlock)};
  header.event_ring_offset = header.command_ring_offset + RingBytes(limits.command_records);
  header.stats_offset = header.event_ring_offset + RingBytes(limits.event_records);
  header.legs_offset = header.stats_offset + uint32_t{sizeof(layout::StatsBlock)};
  header.frames_offset =
      header.legs_offset + limits.legs_max * static_cast<uint32_t>(sizeof(layout::LegSlot));
  header.lanes_offset = header.frames_offset + static_cast<uint32_t>(FramePairs(limits.legs_max) *
                                                                     sizeof(layout::FramePair));
  header.arena_bytes = header.lanes_offset + uint64_t{limits.lanes_max} * kLaneBytes;
  return header;
}

}  // namespace

ArenaMemory::ArenaMemory(const EngineLimits& limits)
    : made_(HeaderFor(limits)),
      memory_((made_.arena_bytes + sizeof(CacheLine) - 1) / sizeof(CacheLine)) {
  header() = made_;
}

Arena ArenaMemory::Open() {
  const char* fault = nullptr;
  const std::optional<Arena> arena = Arena::Open(bytes(), fault);
  PARLEY_ASSERT(arena.has_value());
  return *arena;
}

}  // namespace parley::testing
