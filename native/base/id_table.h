// How a control thread hands things to engines: by a number in a command record.

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.h"
#include "base/realtime.h"
#include "engine/layout.generated.h"

namespace parley {

// One control thread adds and removes; any engine thread finds. No locks: a thing is published by a
// release store of its id. Nothing here says when an engine is done with one: it says so in an
// event, and only then may Remove be called. `T`: a value that an engine reads.
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

  // Control thread. Publishes `thing`, whose memory must stay until it is removed; nothing when the
  // table is full. An id is never 0 or layout::kNone, and is given again only after 65,535 others
  // in the same place.
  std::optional<uint32_t> Add(const T& thing) {
    if (free_.empty()) return std::nullopt;
    Slot& slot = slots_[free_.back()];
    free_.pop_back();
    slot.id += kOneUse;
    if (slot.id <= kIndexMask) slot.id += kOneUse;  // 0 means "none" in a record
    slot.thing = thing;
    // Release: whoever reads this id also sees the thing made before it.
    slot.published.store(slot.id, std::memory_order_release);
    return slot.id;
  }

  // Control thread. False when there is none with this id.
  // REQUIRES: no engine uses it, or has still to be told of it.
  bool Remove(uint32_t id) {
    const uint32_t index = id & kIndexMask;
    if (index >= slots_.size()) return false;
    Slot& slot = slots_[index];
    if (slot.id != id || !slot.thing) return false;
    // Relaxed: an engine that used it said in an event that it does no more, and reading that event
    // ordered its last use before this.
    slot.published.store(kNobody, std::memory_order_relaxed);
    slot.thing.reset();
    free_.push_back(index);
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

  // Control thread. Things held.
  uint32_t size() const { return static_cast<uint32_t>(slots_.size() - free_.size()); }

 private:
  struct Slot {
    // Id of the thing that may be found; else kNobody.
    std::atomic<uint32_t> published;
    // Written by the control thread while `published` is kNobody and no engine uses it.
    std::optional<T> thing;
    // Control thread alone.
    uint32_t id = 0;
  };

  static constexpr uint32_t kNobody = UINT32_MAX;
  static constexpr uint32_t kIndexMask = 0xffff;
  static constexpr uint32_t kOneUse = kIndexMask + 1;

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;  // indices of slots, last freed first
};

}  // namespace parley
