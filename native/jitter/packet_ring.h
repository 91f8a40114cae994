// The packets of one stream, back in the order they were sent. Knows sequence numbers and media
// time, but no clock: when to take the next one is for the playout to say.
//
// 1. Order is by sequence number; timestamps only say how long the gaps are.
// 2. Every packet inserted is counted once: inserted = taken + late + duplicate + overflow +
//    skipped + held.
// 3. Media time is the RTP timestamp, unwrapped, in units of the RTP clock.
//
// One thread. Real-time safe: no memory beyond the object (about 2 KiB) and the pool's chunks,
// which are given back by Reset and the destructor. The pool must outlive it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/prefetch.h"
#include "base/realtime.h"
#include "base/serial_number.h"
#include "jitter/packet_pool.h"

namespace parley {

// Packets that one stream may have waiting; a power of two.
inline constexpr uint32_t kPacketSlots = 64;

enum class InsertResult : uint8_t { kStored, kDuplicate, kLate, kOverflow };

// A packet as it is kept. `units` is how much sound its payload holds, in units of the RTP clock;
// 0 for a packet that only keeps its place in the sequence (telephone event).
struct WaitingPacket {
  int64_t sequence = 0;    // extended
  int64_t media_time = 0;  // extended
  uint32_t units = 0;
  uint8_t payload_type = 0;
  bool is_pause = false;             // the sender says that it falls silent
  std::span<const uint8_t> payload;  // valid until the next call into any ring of the same pool
};

// Packets since construction; see rule 2.
struct PacketCounters {
  uint64_t inserted = 0;
  uint64_t taken = 0;
  uint64_t late = 0;
  uint64_t duplicate = 0;
  uint64_t overflow = 0;  // no room in the pool, or a payload beyond the limits
  uint64_t skipped = 0;   // pushed out by newer ones, or by Reset
};

class PacketRing {
 public:
  explicit PacketRing(PacketPool* pool);
  ~PacketRing();
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;

  struct Inserted {
    InsertResult result;
    int64_t media_time;  // extended timestamp of the packet, whatever became of it
  };
  Inserted Insert(uint16_t sequence, uint32_t timestamp, uint8_t payload_type, uint32_t units,
                  std::span<const uint8_t> payload) PARLEY_NONBLOCKING;
  // Likewise one without sound, which keeps its place.
  Inserted InsertSilent(uint16_t sequence, uint32_t timestamp, uint8_t payload_type,
                        bool is_pause) PARLEY_NONBLOCKING;

  bool empty() const { return held_ == 0; }
  uint32_t held() const { return held_; }
  // Sound held, in units of the RTP clock.
  uint32_t held_units() const { return held_units_; }
  const PacketCounters& counters() const { return counters_; }
  // Whether anything but packets inserted and taken was counted since ForgetNews.
  bool has_news() const { return has_news_; }
  void ForgetNews() { has_news_ = false; }

  // The oldest packet held. REQUIRES: !empty().
  WaitingPacket Front() PARLEY_NONBLOCKING;
  // True when no sequence number is missing before the oldest packet held.
  bool FrontFollows() const;
  // Removes the oldest packet; anything older that still comes is late. REQUIRES: !empty().
  void PopFront() PARLEY_NONBLOCKING;

  // Forgets the stream, as before its first packet; what is held counts as skipped.
  void Reset() PARLEY_NONBLOCKING;

  // What every packet needs, soon.
  void Prefetch() const { PrefetchUpTo(this, &slots_); }
  // Once that is here: the slots of the oldest packet and of the next to come.
  void PrefetchPlaces() const {
    parley::Prefetch(&SlotOf(front_sequence_), 1);
    parley::Prefetch(&SlotOf(newest_sequence_ + 1), 1);
  }
  // Once those are here: the payload of the oldest packet.
  void PrefetchFront() const {
    if (held_ == 0) return;
    const Slot& slot = SlotOf(front_sequence_);
    if (slot.chunk != PacketPool::kNone) pool_->Prefetch(slot.chunk, slot.bytes);
  }

 private:
  enum class SlotState : uint8_t { kEmpty, kHeld, kDone };

  // Never on two cache lines.
  struct alignas(32) Slot {
    int64_t sequence = 0;
    int64_t media_time = 0;
    uint32_t chunk = PacketPool::kNone;
    uint32_t units = 0;
    uint16_t bytes = 0;
    uint8_t payload_type = 0;
    bool is_pause = false;
    SlotState state = SlotState::kEmpty;
  };

  Slot& SlotOf(int64_t sequence) { return slots_[static_cast<uint64_t>(sequence) % kPacketSlots]; }
  const Slot& SlotOf(int64_t sequence) const {
    return slots_[static_cast<uint64_t>(sequence) % kPacketSlots];
  }
  // Counts what is not of every packet.
  PacketCounters& Count() {
    has_news_ = true;
    return counters_;
  }
  void Discard(Slot& slot);
  void FindFront();

  PacketPool* pool_;
  SequenceExtender extender_;
  uint32_t held_ = 0;
  uint32_t held_units_ = 0;
  bool begun_ = false;  // something was taken
  bool has_media_time_ = false;
  bool has_news_ = false;
  int64_t next_sequence_ = 0;    // everything before it was taken or given up
  int64_t front_sequence_ = 0;   // oldest held, when any is
  int64_t newest_sequence_ = 0;  // highest ever held
  int64_t newest_media_time_ = 0;
  PacketCounters counters_;
  std::array<Slot, kPacketSlots> slots_;
};

}  // namespace parley
