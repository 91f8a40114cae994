#include "engine/arena.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.h"

namespace parley {
namespace {

struct Region {
  uint64_t offset;
  uint64_t bytes;
};

uint64_t RingBytes(uint32_t records) {
  return sizeof(layout::RingIndices) + uint64_t{records} * layout::kRecordBytes;
}

std::array<Region, 7> RegionsOf(const layout::ArenaHeader& header) {
  return {{
      {header.control_offset, sizeof(layout::ControlBlock)},
      {header.command_ring_offset, RingBytes(header.command_records)},
      {header.event_ring_offset, RingBytes(header.event_records)},
      {header.stats_offset, sizeof(layout::StatsBlock)},
      {header.legs_offset, uint64_t{header.legs_max} * sizeof(layout::LegSlot)},
      {header.frames_offset, FramePairs(header.legs_max) * sizeof(layout::FramePair)},
      {header.lanes_offset, uint64_t{header.lanes_max} * kLaneBytes},
  }};
}

bool IsRingCapacity(uint32_t records) {
  return records >= kRingRecordsMin && records <= kRingRecordsMax && (records & (records - 1)) == 0;
}

const char* CheckCapacities(const layout::ArenaHeader& header) {
  if (header.legs_max == 0 || header.legs_max > kLegsMaxBound) return "legs_max is out of range";
  if (header.rooms_max == 0 || header.rooms_max > kRoomsMaxBound) {
    return "rooms_max is out of range";
  }
  if (header.lanes_max > kLanesMaxBound) return "lanes_max is out of range";
  if (header.opus_legs_max > kOpusLegsMaxBound) return "opus_legs_max is out of range";
  if (header.players_max > kPlayersMaxBound) return "players_max is out of range";
  if (header.recorders_max > kRecordersMaxBound) return "recorders_max is out of range";
  if (!IsRingCapacity(header.command_records))
    return "command_records is not a power of two in range";
  if (!IsRingCapacity(header.event_records)) return "event_records is not a power of two in range";
  return nullptr;
}

const char* CheckRegions(const layout::ArenaHeader& header, uint64_t size) {
  std::array<Region, 7> regions = RegionsOf(header);
  std::ranges::sort(regions, {}, &Region::offset);
  uint64_t end = sizeof(layout::ArenaHeader);
  for (const Region& region : regions) {
    if (region.offset % kRegionAlignment != 0) return "an offset is not a multiple of 64";
    if (region.bytes == 0) continue;
    if (region.offset < end) return "two regions overlap";
    end = region.offset + region.bytes;
    if (end > size) return "a region ends beyond the arena";
  }
  return nullptr;
}

const char* CheckHeader(const layout::ArenaHeader& header, size_t size) {
  if (header.magic != layout::kMagic) return "magic is wrong";
  if (header.version != layout::kVersion) return "version is not the one of this binary";
  if (header.checksum != layout::kChecksum) return "checksum is not the one of this binary";
  if (header.arena_bytes > size) return "arena_bytes is larger than the array";
  if (const char* fault = CheckCapacities(header)) return fault;
  return CheckRegions(header, header.arena_bytes);
}

}  // namespace

std::optional<Arena> Arena::Open(std::span<uint8_t> bytes, const char*& fault) {
  fault = nullptr;
  layout::ArenaHeader header;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kArenaAlignment != 0) {
    fault = "it does not start on a multiple of 16 bytes";
  } else if (bytes.size() < sizeof(header)) {
    fault = "it is shorter than a header";
  } else {
    std::memcpy(&header, bytes.data(), sizeof(header));
    fault = CheckHeader(header, bytes.size());
  }
  if (fault != nullptr) return std::nullopt;
  return Arena(bytes, header);
}

Arena::Arena(std::span<uint8_t> bytes, const layout::ArenaHeader& header)
    : bytes_(bytes),
      header_(header),
      limits_{.legs_max = header.legs_max,
              .rooms_max = header.rooms_max,
              .lanes_max = header.lanes_max,
              .opus_legs_max = header.opus_legs_max,
              .players_max = header.players_max,
              .recorders_max = header.recorders_max,
              .command_records = header.command_records,
              .event_records = header.event_records} {}

layout::ControlBlock& Arena::control() const {
  return *reinterpret_cast<layout::ControlBlock*>(bytes_.data() + header_.control_offset);
}

layout::StatsBlock& Arena::stats() const {
  return *reinterpret_cast<layout::StatsBlock*>(bytes_.data() + header_.stats_offset);
}

RecordRingMemory Arena::command_ring() const {
  return RecordRingMemory::At(
      reinterpret_cast<std::byte*>(bytes_.data()) + header_.command_ring_offset,
      limits_.command_records);
}

RecordRingMemory Arena::event_ring() const {
  return RecordRingMemory::At(
      reinterpret_cast<std::byte*>(bytes_.data()) + header_.event_ring_offset,
      limits_.event_records);
}

layout::LegSlot& Arena::leg(uint32_t leg) const {
  PARLEY_ASSERT(leg < limits_.legs_max);
  return reinterpret_cast<layout::LegSlot*>(bytes_.data() + header_.legs_offset)[leg];
}

std::span<layout::FramePair> Arena::frames() const {
  return {reinterpret_cast<layout::FramePair*>(bytes_.data() + header_.frames_offset),
          FramePairs(limits_.legs_max)};
}

std::span<uint8_t> Arena::without_lanes() const {
  return bytes_.first(std::min<size_t>(header_.lanes_offset, bytes_.size()));
}

std::span<uint8_t> Arena::lane(uint32_t lane) const {
  PARLEY_ASSERT(lane < limits_.lanes_max);
  return bytes_.subspan(header_.lanes_offset + lane * kLaneBytes, kLaneBytes);
}

}  // namespace parley
