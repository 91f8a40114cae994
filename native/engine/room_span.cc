#include "engine/room_span.h"

#include <utility>

#include "base/assert.h"

namespace parley {

RoomSpan::RoomSpan(uint32_t members, uint32_t legs_max) : legs_max_(legs_max) {
  PARLEY_ASSERT(members >= 2 && members <= kSpanMembersMax);
  members_.reserve(members);
  for (uint32_t index = 0; index < members; ++index) {
    // Values written, so that the kernel gives all pages now and not in a tick.
    auto member = std::make_unique<Member>();
    for (Kept& kept : member->kept) kept.part.talkers = std::make_unique<SpanTalker[]>(legs_max);
    member->talkers.resize(size_t{members} * legs_max);
    member->ranks.resize(size_t{members} * legs_max);
    members_.push_back(std::move(member));
  }
}

void RoomSpan::Join(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  members_[member]->legs.store(0, std::memory_order_relaxed);
  // Release: nobody sees it in before what it left behind, if it was in before, is known to be old.
  members_[member]->in_from.store(turn, std::memory_order_release);
}

void RoomSpan::Leave(uint32_t member) const PARLEY_NONBLOCKING {
  members_[member]->in_from.store(kNeverTurn, std::memory_order_release);
}

bool RoomSpan::IsIn(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  return members_[member]->in_from.load(std::memory_order_acquire) <= turn;
}

// The exchanges keep what is written afterwards from being seen before them.
SpanPart& RoomSpan::Begin(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  Kept& kept = At(member, turn);
  kept.share_turn.exchange(kNeverTurn, std::memory_order_acq_rel);
  kept.intent_turn.exchange(kNeverTurn, std::memory_order_acq_rel);
  return kept.part;
}

void RoomSpan::PublishIntent(uint32_t member, uint64_t turn,
                             uint32_t legs) const PARLEY_NONBLOCKING {
  members_[member]->legs.store(legs, std::memory_order_relaxed);
  // Release: whoever sees the turn sees what was written of it.
  At(member, turn).intent_turn.store(turn, std::memory_order_release);
}

void RoomSpan::PublishShare(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  At(member, turn).share_turn.store(turn, std::memory_order_release);
}

SpanPart& RoomSpan::Own(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  return At(member, turn).part;
}

bool RoomSpan::HasIntent(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  return At(member, turn).intent_turn.load(std::memory_order_acquire) == turn;
}

bool RoomSpan::HasShare(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  return At(member, turn).share_turn.load(std::memory_order_acquire) == turn;
}

const SpanPart& RoomSpan::Of(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  return At(member, turn).part;
}

// Writes the turn in place of itself: what was read before stays before, which no load would see
// to.
bool RoomSpan::IsStill(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  uint64_t same = turn;
  return At(member, turn)
      .intent_turn.compare_exchange_strong(same, turn, std::memory_order_acq_rel);
}

uint32_t RoomSpan::LegsOf(uint32_t member, uint64_t turn) const PARLEY_NONBLOCKING {
  return IsIn(member, turn) ? members_[member]->legs.load(std::memory_order_relaxed) : 0;
}

SpanTable& SpanTable::OfProcess() {
  static SpanTable* const table = std::make_unique<SpanTable>(kSpansMax).release();
  return *table;
}

}  // namespace parley
