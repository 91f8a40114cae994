#include "engine/shard_memory.h"

#include "codecs/opus_codec.h"
#include "engine/codec_loans.h"
#include "engine/engine.h"
#include "engine/station_frames.h"

namespace parley {
namespace {

constexpr size_t OnRegion(size_t bytes) {
  return (bytes + kRegionAlignment - 1) / kRegionAlignment * kRegionAlignment;
}

constexpr size_t RingBytes(uint32_t records) {
  return OnRegion(sizeof(layout::RingIndices) + size_t{records} * layout::kRecordBytes);
}

}  // namespace

ShardMemory ShardMemoryFor(const EngineLimits& limits) {
  using layout::MemoryPart;
  const uint32_t legs = limits.legs_max;
  ShardMemory memory{};
  const auto part = [&](MemoryPart of) -> size_t& { return memory[static_cast<size_t>(of)]; };
  part(MemoryPart::kHeader) = OnRegion(sizeof(layout::ArenaHeader)) +
                              OnRegion(sizeof(layout::ControlBlock)) +
                              OnRegion(sizeof(layout::StatsBlock));
  part(MemoryPart::kRings) = RingBytes(limits.command_records) + RingBytes(limits.event_records);
  part(MemoryPart::kSlots) = OnRegion(legs * sizeof(layout::LegSlot));
  part(MemoryPart::kFrames) = OnRegion(FramePairs(legs) * sizeof(layout::FramePair));
  part(MemoryPart::kLanes) = OnRegion(limits.lanes_max * kLaneBytes);
  part(MemoryPart::kLegs) = HugeArray<Leg>::BytesFor(legs);
  part(MemoryPart::kRooms) = limits.rooms_max * sizeof(Room);
  part(MemoryPart::kPackets) = PacketPool::BytesFor(Switchboard::ChunksFor(limits));
  part(MemoryPart::kWideband) = CodecLender::BytesFor(limits.opus_legs_max);
  part(MemoryPart::kEncoders) = SharedStreams::BytesFor(legs, limits.opus_legs_max);
  part(MemoryPart::kLibopus) =
      limits.opus_legs_max * (OpusFrameDecoder::StateBytes() + OpusFrameEncoder::StateBytes());
  part(MemoryPart::kPlayers) = Players::BytesFor(limits.players_max);
  part(MemoryPart::kRecorders) = Recorders::BytesFor(limits.recorders_max, limits.rooms_max);
  part(MemoryPart::kCoded) = StationFrames::Bytes() + Outgoing::BytesFor(limits.players_max);
  part(MemoryPart::kTurns) = Switchboard::ListBytesFor(limits) + Roster::BytesFor(limits) +
                             RoomMixing::BytesFor(legs) + RateChange::BytesFor(legs) +
                             SpreadRoomsMax(legs) * sizeof(KeptTurn);
  part(MemoryPart::kRest) = sizeof(Engine);
  return memory;
}

}  // namespace parley
