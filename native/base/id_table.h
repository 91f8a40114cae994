// How a control thread hands things to engines: by a number in a command record.

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/realtime.h"
#include "engine/layout.generated.h"

namespace parley {

// One control thread adds and removes; any engine thread finds or takes. No locks: a thing is
// published by a release store of its id. Nothing here says when an engine is done with one: it
// says so in an event, and only then may Remove or Offer be called. `T`: a value that engines read
// (Find), or that one engine at a time has for itself (Take).
template <typename T>
class IdTable {
 public:
  // An id is the index of a slot in its low half and counts the uses of that slot in its high half.
  // One less than there are indices: no id is kNone.
  static constexpr uint32_t kCapacityMax = 0xffff;

  // `capacity`: things at a time, 1 to kCapacityMax.
  explicit IdTable(uint32_t capacity) : slots_(capacity) {
    static_assert(kNobody == layout::kNone);
    static_assert(std::atomic<uint32_t>::is_always_lock_free);
    PARLEY_ASSERT(capacity > 0 && capacity <= kCapacityMax);
    free_.reserve(capacity);
    for (uint32_t index = capacity; index > 0; --index) {
      Slot& slot = slots_[index - 1];
      slot.id = index - 1;
      slot.published.store(kNobody, std::memory_order_relaxed);
      free_.push_back(index - 1);
    }
  }
  IdTable(const IdTable&) = delete;
  IdTable& operator=(const IdTable&) = delete;

  // Control thread. Publishes `thing`; what it refers to must stay until it is removed. Nothing
  // when the table is full. An id is never 0 or layout::kNone, and is given again only after 65,535
  // others in the same place.
  std::optional<uint32_t> Add(T thing) {
    if (free_.empty()) return std::nullopt;
    Slot& slot = slots_[free_.back()];
    free_.pop_back();
    slot.id += kOneUse;
    if (slot.id <= kIndexMask) slot.id += kOneUse;  // 0 means "none" in a record
    slot.thing = std::move(thing);
    // Release: whoever reads this id also sees the thing made before it.
    slot.published.store(slot.id, std::memory_order_release);
    return slot.id;
  }

  // Control thread. False when there is none with this id.
  // REQUIRES: no engine uses it, or has still to be told of it.
  bool Remove(uint32_t id) {
    Slot* slot = SlotOf(id);
    if (slot == nullptr || slot->id != id || !slot->thing) return false;
    // Relaxed: an engine that used it said in an event that it does no more, and reading that event
    // ordered its last use before this; one that has not can only find kNobody from now on.
    slot->published.store(kNobody, std::memory_order_relaxed);
    slot->thing.reset();
    free_.push_back(id & kIndexMask);
    return true;
  }

  // Control thread. A thing that was taken may be taken once more, as it is. False when there is
  // none with this id. REQUIRES: the engine that took it is done with it.
  bool Offer(uint32_t id) {
    Slot* slot = SlotOf(id);
    if (slot == nullptr || slot->id != id || !slot->thing) return false;
    // Release: the next engine also sees what the one before left, whose event was read before
    // this.
    slot->published.store(id, std::memory_order_release);
    return true;
  }

  // Engine thread, real-time safe. Null when none is published under this id; any number is safe.
  // Good until the engine has told of the end of what it did with it.
  const T* Find(uint32_t id) const PARLEY_NONBLOCKING {
    const uint32_t index = id & kIndexMask;
    if (index >= slots_.size() || id == kNobody) return nullptr;
    // Acquire pairs with Add.
    if (slots_[index].published.load(std::memory_order_acquire) != id) return nullptr;
    return &*slots_[index].thing;
  }

  // Engine thread, real-time safe. The thing, from now on this engine's; null when none is
  // published under this id, or it was taken before. Any number is safe.
  T* Take(uint32_t id) PARLEY_NONBLOCKING {
    Slot* slot = SlotOf(id);
    if (slot == nullptr || id == kNobody) return nullptr;
    uint32_t expected = id;
    // Acquire pairs with Add and Offer; a failed exchange reads nothing further.
    if (!slot->published.compare_exchange_strong(expected, kNobody, std::memory_order_acquire,
                                                 std::memory_order_relaxed)) {
      return nullptr;
    }
    return &*slot->thing;
  }

  // Control thread. Things held.
  uint32_t size() const { return static_cast<uint32_t>(slots_.size() - free_.size()); }

 private:
  struct Slot {
    // Id of the thing that may be found or taken; else kNobody.
    std::atomic<uint32_t> published;
    // Written by the control thread while `published` is kNobody and no engine uses it; by the
    // engine that took it.
    std::optional<T> thing;
    // Control thread alone.
    uint32_t id = 0;
  };

  static constexpr uint32_t kNobody = UINT32_MAX;
  static constexpr uint32_t kIndexMask = 0xffff;
  static constexpr uint32_t kOneUse = kIndexMask + 1;

  Slot* SlotOf(uint32_t id) {
    const uint32_t index = id & kIndexMask;
    return index < slots_.size() ? &slots_[index] : nullptr;
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;  // indices of slots, last freed first
};

}  // namespace parley
