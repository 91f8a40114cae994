#include "rtp/srtp_table.h"

#include <utility>

#include "base/assert.h"
#include "engine/layout.generated.h"

namespace parley {
namespace {

// An id is the index of a slot in its low half and counts the uses of that slot in its high half.
constexpr uint32_t kIndexMask = 0xffff;
constexpr uint32_t kOneUse = kIndexMask + 1;
constexpr uint32_t kCapacityMax = kIndexMask;

static_assert(kSrtpSessionsMax <= kCapacityMax);

}  // namespace

SrtpTable& SrtpTable::OfProcess() {
  static SrtpTable* const table = std::make_unique<SrtpTable>(kSrtpSessionsMax).release();
  return *table;
}

SrtpTable::SrtpTable(uint32_t capacity) : slots_(capacity) {
  static_assert(kNobody == layout::kNone);
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  // One less than there are indices: no id is kNone.
  PARLEY_ASSERT(capacity > 0 && capacity <= kCapacityMax);
  free_.reserve(capacity);
  for (uint32_t index = capacity; index > 0; --index) {
    Slot& slot = slots_[index - 1];
    slot.id = index - 1;
    slot.offered.store(kNobody, std::memory_order_relaxed);
    free_.push_back(index - 1);
  }
}

std::optional<uint32_t> SrtpTable::Add(std::unique_ptr<SrtpSession> session) {
  if (free_.empty()) return std::nullopt;
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.id += kOneUse;
  if (slot.id == 0) slot.id += kOneUse;  // means "none" in a record
  slot.session = std::move(session);
  // Release: whoever reads this id also sees the session made before it.
  slot.offered.store(slot.id, std::memory_order_release);
  return slot.id;
}

bool SrtpTable::Remove(uint32_t id) {
  Slot* slot = SlotOf(id);
  if (slot == nullptr || slot->id != id || slot->session == nullptr) return false;
  // Relaxed: an engine that has the session said so in an event, and reading that event ordered its
  // last use before this; one that has not can only find kNobody from now on.
  slot->offered.store(kNobody, std::memory_order_relaxed);
  slot->session.reset();
  free_.push_back(id & kIndexMask);
  return true;
}

bool SrtpTable::Offer(uint32_t id) {
  Slot* slot = SlotOf(id);
  if (slot == nullptr || slot->id != id || slot->session == nullptr) return false;
  // Release: the next engine also sees what the one before left, whose event was read before this.
  slot->offered.store(id, std::memory_order_release);
  return true;
}

SrtpSession* SrtpTable::Take(uint32_t id) PARLEY_NONBLOCKING {
  Slot* slot = SlotOf(id);
  if (slot == nullptr || id == kNobody) return nullptr;
  uint32_t expected = id;
  // Acquire pairs with Add; a failed exchange reads nothing further.
  if (!slot->offered.compare_exchange_strong(expected, kNobody, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
    return nullptr;
  }
  return slot->session.get();
}

SrtpTable::Slot* SrtpTable::SlotOf(uint32_t id) {
  const uint32_t index = id & kIndexMask;
  return index < slots_.size() ? &slots_[index] : nullptr;
}

}  // namespace parley
