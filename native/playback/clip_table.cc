#include "playback/clip_table.h"

#include <memory>

#include "base/assert.h"
#include "engine/layout.generated.h"

namespace parley {
namespace {

// An id is the index of a slot in its low half and counts the uses of that slot in its high half.
constexpr uint32_t kIndexMask = 0xffff;
constexpr uint32_t kOneUse = kIndexMask + 1;
constexpr uint32_t kCapacityMax = kIndexMask;

static_assert(kClipsMax <= kCapacityMax);

}  // namespace

ClipTable& ClipTable::OfProcess() {
  static ClipTable* const table = std::make_unique<ClipTable>(kClipsMax).release();
  return *table;
}

ClipTable::ClipTable(uint32_t capacity) : slots_(capacity) {
  static_assert(kNobody == layout::kNone);
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  // One less than there are indices: no id is kNone.
  PARLEY_ASSERT(capacity > 0 && capacity <= kCapacityMax);
  free_.reserve(capacity);
  for (uint32_t index = capacity; index > 0; --index) {
    Slot& slot = slots_[index - 1];
    slot.id = index - 1;
    slot.published.store(kNobody, std::memory_order_relaxed);
    free_.push_back(index - 1);
  }
}

std::optional<uint32_t> ClipTable::Add(const Clip& clip) {
  if (free_.empty()) return std::nullopt;
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.id += kOneUse;
  if (slot.id <= kIndexMask) slot.id += kOneUse;  // 0 means "none" in a record
  slot.clip = clip;
  // Release: whoever reads this id also sees the view made before it.
  slot.published.store(slot.id, std::memory_order_release);
  return slot.id;
}

bool ClipTable::Remove(uint32_t id) {
  const uint32_t index = id & kIndexMask;
  if (index >= slots_.size()) return false;
  Slot& slot = slots_[index];
  if (slot.id != id || !slot.clip) return false;
  // Relaxed: an engine that played it said in an event that it does no more, and reading that event
  // ordered its last use before this.
  slot.published.store(kNobody, std::memory_order_relaxed);
  slot.clip.reset();
  free_.push_back(index);
  return true;
}

const Clip* ClipTable::Find(uint32_t id) const PARLEY_NONBLOCKING {
  const uint32_t index = id & kIndexMask;
  if (index >= slots_.size() || id == kNobody) return nullptr;
  // Acquire pairs with Add.
  if (slots_[index].published.load(std::memory_order_acquire) != id) return nullptr;
  return &*slots_[index].clip;
}

}  // namespace parley
