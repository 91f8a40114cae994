// A shard's arena: one piece of memory shared with the control thread, laid out as
// layout.generated.h says. Prose: docs/arena.md.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/record_ring.h"
#include "engine/layout.generated.h"

namespace parley {

// How many of everything the engine serves: the only sizes it allocates by.
struct EngineLimits {
  uint32_t legs_max = 0;
  uint32_t rooms_max = 0;
  uint32_t lanes_max = 0;
  uint32_t opus_legs_max = 0;
  uint32_t players_max = 0;
  uint32_t recorders_max = 0;
  uint32_t command_records = 0;
  uint32_t event_records = 0;
};

// What may stand in a header. The bounds keep every size far below 2^32 bytes of engine memory per
// kind.
inline constexpr uint32_t kLegsMaxBound = 1u << 14;
inline constexpr uint32_t kRoomsMaxBound = 1u << 14;
inline constexpr uint32_t kLanesMaxBound = 1u << 13;
inline constexpr uint32_t kOpusLegsMaxBound = 1u << 12;
inline constexpr uint32_t kPlayersMaxBound = 1u << 15;
inline constexpr uint32_t kRecordersMaxBound = 1u << 12;
inline constexpr uint32_t kRingRecordsMin = 2;

// The first byte of an arena must lie on this boundary, which every allocator of large blocks
// gives; regions inside lie on 64 bytes from the start.
inline constexpr size_t kArenaAlignment = 16;
inline constexpr uint32_t kRegionAlignment = 64;

// Bytes of one lane: its head, the in frames, the out frames.
inline constexpr size_t kLaneBytes =
    sizeof(layout::LaneHead) + size_t{2} * layout::kLaneFramesMax * layout::kLaneFrameBytes;

// One for each leg of a batch, one for each leg.
constexpr size_t FramePairs(uint32_t legs_max) { return size_t{layout::kBatchLegs} + legs_max; }

// Typed views of an arena whose header was found good.
//
// The header is copied when the arena is opened and never read again, so nothing the other side
// writes later can move a view. Views of indices below the limits are always inside the arena;
// larger indices are programmer errors and stop the process. A value type; the memory must outlive
// it.
class Arena {
 public:
  // Nothing when the header is not good; `fault` then says what is wrong with it, in words for an
  // error message.
  [[nodiscard]] static std::optional<Arena> Open(std::span<uint8_t> bytes, const char*& fault);

  const EngineLimits& limits() const { return limits_; }

  // What a tick goes over, whoever is served: all that lies before the lanes.
  std::span<uint8_t> without_lanes() const;

  layout::ControlBlock& control() const;
  layout::StatsBlock& stats() const;
  RecordRingMemory command_ring() const;
  RecordRingMemory event_ring() const;

  // REQUIRES: leg < limits().legs_max.
  layout::LegSlot& leg(uint32_t leg) const;

  // FramePairs long.
  std::span<layout::FramePair> frames() const;

  // REQUIRES: lane < limits().lanes_max. kLaneBytes long.
  std::span<uint8_t> lane(uint32_t lane) const;

 private:
  Arena(std::span<uint8_t> bytes, const layout::ArenaHeader& header);

  std::span<uint8_t> bytes_;
  layout::ArenaHeader header_;
  EngineLimits limits_;
};

}  // namespace parley
