// Words of the arena that another thread reads or writes at the same time.
//
// Every access to such a word goes through these functions, so that each is whole (never torn) and
// its memory order is written at the place of use. Relaxed suffices for counters and gauges, which
// stand alone; acquire and release pair up where a word says that other memory is ready (ring
// positions, the stop flag).

#pragma once

#include <atomic>
#include <cstdint>

namespace parley {

template <typename Word>
Word LoadRelaxed(const Word& word) {
  return std::atomic_ref<Word>(const_cast<Word&>(word)).load(std::memory_order_relaxed);
}

template <typename Word>
Word LoadAcquire(const Word& word) {
  return std::atomic_ref<Word>(const_cast<Word&>(word)).load(std::memory_order_acquire);
}

template <typename Word>
void StoreRelaxed(Word& word, Word value) {
  std::atomic_ref<Word>(word).store(value, std::memory_order_relaxed);
}

template <typename Word>
void StoreRelease(Word& word, Word value) {
  std::atomic_ref<Word>(word).store(value, std::memory_order_release);
}

static_assert(std::atomic_ref<uint32_t>::is_always_lock_free);
static_assert(std::atomic_ref<uint64_t>::is_always_lock_free);

}  // namespace parley
