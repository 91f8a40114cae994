#include "playback/clip.h"

#include <algorithm>
#include <atomic>
#include <bit>

namespace parley {
namespace {

uint32_t Load(uint32_t& word, std::memory_order order) { return std::atomic_ref(word).load(order); }

static_assert(std::atomic_ref<uint32_t>::is_always_lock_free);
static_assert(sizeof(layout::ClipHead) % alignof(int16_t) == 0);

}  // namespace

std::optional<Clip> Clip::Open(std::span<uint8_t> memory, const char*& fault) {
  fault = nullptr;
  if (memory.size() < sizeof(layout::ClipHead)) {
    fault = "too small for a clip";
    return std::nullopt;
  }
  if (reinterpret_cast<uintptr_t>(memory.data()) % alignof(layout::ClipHead) != 0) {
    fault = "does not begin on a word";
    return std::nullopt;
  }
  auto* const head = reinterpret_cast<layout::ClipHead*>(memory.data());
  const uint32_t capacity = Load(head->capacity_samples, std::memory_order_relaxed);
  const uint32_t kind = Load(head->kind, std::memory_order_relaxed);
  const bool is_stream = kind == static_cast<uint32_t>(layout::ClipKind::kStream);
  const size_t places = (memory.size() - sizeof(layout::ClipHead)) / sizeof(int16_t);
  if (Load(head->magic, std::memory_order_relaxed) != layout::kClipMagic) {
    fault = "is no clip";
  } else if (Load(head->version, std::memory_order_relaxed) != layout::kVersion) {
    fault = "is a clip of another version";
  } else if (kind > static_cast<uint32_t>(layout::ClipKind::kStream)) {
    fault = "is a clip of an unknown kind";
  } else if (capacity > places) {
    fault = "has fewer samples than it says";
  } else if (is_stream && !std::has_single_bit(capacity)) {
    fault = "is a stream whose size is no power of two";
  }
  if (fault != nullptr) return std::nullopt;
  const auto* const first =
      reinterpret_cast<const int16_t*>(memory.data() + sizeof(layout::ClipHead));
  return Clip(head, std::span(first, capacity), is_stream);
}

Clip::Extent Clip::extent() const PARLEY_NONBLOCKING {
  // In this order: who sees that it has ended also sees all that was written.
  const bool has_ended = Load(head_->ended, std::memory_order_acquire) != 0;
  const uint32_t written = Load(head_->written, std::memory_order_acquire);
  const auto capacity = static_cast<uint32_t>(samples_.size());
  return {.written = is_stream_ ? written : std::min(written, capacity), .has_ended = has_ended};
}

bool Clip::is_withdrawn() const PARLEY_NONBLOCKING {
  return Load(head_->withdrawn, std::memory_order_relaxed) != 0;
}

void Clip::Release(uint32_t position) const PARLEY_NONBLOCKING {
  std::atomic_ref(head_->read).store(position, std::memory_order_release);
}

}  // namespace parley
