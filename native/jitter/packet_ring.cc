#include "jitter/packet_ring.h"

#include <algorithm>

#include "base/assert.h"

namespace parley {

PacketRing::PacketRing(PacketPool* pool) : pool_(pool) {}

PacketRing::~PacketRing() { Reset(); }

void PacketRing::Discard(Slot& slot) {
  if (slot.chunk != PacketPool::kNone) pool_->Release(slot.chunk, slot.bytes);
  slot.chunk = PacketPool::kNone;
  slot.state = SlotState::kDone;
  --held_;
  held_units_ -= slot.units;
}

void PacketRing::FindFront() {
  while (held_ > 0 && (SlotOf(front_sequence_).state != SlotState::kHeld ||
                       SlotOf(front_sequence_).sequence != front_sequence_)) {
    ++front_sequence_;
  }
}

PacketRing::Inserted PacketRing::Insert(uint16_t sequence, uint32_t timestamp, uint8_t payload_type,
                                        uint32_t units, std::span<const uint8_t> payload) {
  ++counters_.inserted;
  const int64_t extended = extender_.Extend(sequence);
  if (!has_media_time_) {
    has_media_time_ = true;
    newest_media_time_ = int64_t{1} << 32 | timestamp;
    newest_sequence_ = extended;
  }
  const int64_t media_time =
      newest_media_time_ + SerialDistance32(static_cast<uint32_t>(newest_media_time_), timestamp);

  if (begun_ && extended < next_sequence_) {
    // One that was taken already has left its mark in its slot.
    const Slot& slot = SlotOf(extended);
    const bool seen = slot.state == SlotState::kDone && slot.sequence == extended;
    ++(seen ? Count().duplicate : Count().late);
    return {seen ? InsertResult::kDuplicate : InsertResult::kLate, media_time};
  }
  Slot& slot = SlotOf(extended);
  if (slot.state == SlotState::kHeld && slot.sequence == extended) {
    ++Count().duplicate;
    return {InsertResult::kDuplicate, media_time};
  }
  if (held_ > 0 && extended < newest_sequence_ - int64_t{kPacketSlots} + 1) {
    ++Count().late;
    return {InsertResult::kLate, media_time};
  }
  uint32_t chunk = PacketPool::kNone;
  if (units > 0) {
    chunk = pool_->Store(payload);
    if (chunk == PacketPool::kNone) {
      ++Count().overflow;
      return {InsertResult::kOverflow, media_time};
    }
  }
  // Newer packets push out what no longer fits beside them.
  while (held_ > 0 && extended - front_sequence_ >= int64_t{kPacketSlots}) {
    Discard(SlotOf(front_sequence_));
    ++Count().skipped;
    next_sequence_ = front_sequence_ + 1;
    begun_ = true;
    FindFront();
  }

  slot = {.sequence = extended,
          .media_time = media_time,
          .chunk = chunk,
          .units = units,
          .bytes = static_cast<uint16_t>(units > 0 ? payload.size() : 0),
          .payload_type = payload_type,
          .state = SlotState::kHeld};
  front_sequence_ = held_ == 0 ? extended : std::min(front_sequence_, extended);
  ++held_;
  held_units_ += units;
  if (extended >= newest_sequence_) {
    newest_sequence_ = extended;
    newest_media_time_ = media_time;
  }
  return {InsertResult::kStored, media_time};
}

PacketRing::Inserted PacketRing::InsertSilent(uint16_t sequence, uint32_t timestamp,
                                              uint8_t payload_type, bool is_pause) {
  const Inserted inserted = Insert(sequence, timestamp, payload_type, 0, {});
  // The newest that is known by this number.
  if (inserted.result == InsertResult::kStored)
    SlotOf(extender_.Extend(sequence)).is_pause = is_pause;
  return inserted;
}

WaitingPacket PacketRing::Front() {
  PARLEY_ASSERT(held_ > 0);
  const Slot& slot = SlotOf(front_sequence_);
  return {.sequence = slot.sequence,
          .media_time = slot.media_time,
          .units = slot.units,
          .payload_type = slot.payload_type,
          .is_pause = slot.is_pause,
          .payload = slot.chunk == PacketPool::kNone ? std::span<const uint8_t>{}
                                                     : pool_->View(slot.chunk, slot.bytes)};
}

bool PacketRing::FrontFollows() const { return !begun_ || front_sequence_ == next_sequence_; }

void PacketRing::PopFront() {
  PARLEY_ASSERT(held_ > 0);
  Discard(SlotOf(front_sequence_));
  ++counters_.taken;
  next_sequence_ = front_sequence_ + 1;
  begun_ = true;
  ++front_sequence_;
  FindFront();
}

void PacketRing::Reset() {
  for (Slot& slot : slots_) {
    if (slot.state == SlotState::kHeld) {
      Discard(slot);
      ++Count().skipped;
    }
    slot.state = SlotState::kEmpty;
  }
  extender_ = {};
  begun_ = false;
  has_media_time_ = false;
}

}  // namespace parley
