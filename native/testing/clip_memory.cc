#include "testing/clip_memory.h"

#include <algorithm>
#include <atomic>

#include "base/assert.h"
#include "playback/clip_table.h"

namespace parley::testing {

ClipMemory::ClipMemory(uint32_t capacity, layout::ClipKind kind)
    : words_((sizeof(layout::ClipHead) + size_t{2} * capacity + 7) / 8), capacity_(capacity) {
  head() = {};
  head().magic = layout::kClipMagic;
  head().version = layout::kVersion;
  head().capacity_samples = capacity;
  head().kind = static_cast<uint32_t>(kind);
  Publish();
}

ClipMemory::ClipMemory(std::span<const int16_t> samples)
    : ClipMemory(static_cast<uint32_t>(samples.size())) {
  Write(samples);
  End();
}

ClipMemory::~ClipMemory() { ClipTable::OfProcess().Remove(id_); }

void ClipMemory::Publish() {
  const char* fault = nullptr;
  clip_ = Clip::Open(bytes(), fault);
  PARLEY_ASSERT(clip_.has_value());
  id_ = ClipTable::OfProcess().Add(*clip_).value_or(0);
  PARLEY_ASSERT(id_ != 0);
}

uint32_t ClipMemory::Write(std::span<const int16_t> samples) {
  const uint32_t written = head().written;
  const uint32_t behind =
      clip_->is_stream() ? std::atomic_ref(head().read).load(std::memory_order_acquire) : 0;
  const uint32_t room = capacity_ - (written - behind);
  const auto taken = static_cast<uint32_t>(std::min<size_t>(samples.size(), room));
  auto* const places = reinterpret_cast<int16_t*>(bytes().data() + sizeof(layout::ClipHead));
  for (uint32_t at = 0; at < taken; ++at) places[(written + at) % capacity_] = samples[at];
  std::atomic_ref(head().written).store(written + taken, std::memory_order_release);
  return taken;
}

void ClipMemory::End() { std::atomic_ref(head().ended).store(1, std::memory_order_release); }

void ClipMemory::Withdraw() {
  std::atomic_ref(head().withdrawn).store(1, std::memory_order_relaxed);
}

layout::ClipHead& ClipMemory::head() { return *reinterpret_cast<layout::ClipHead*>(words_.data()); }

std::span<uint8_t> ClipMemory::bytes() {
  return {reinterpret_cast<uint8_t*>(words_.data()),
          sizeof(layout::ClipHead) + size_t{2} * capacity_};
}

}  // namespace parley::testing
