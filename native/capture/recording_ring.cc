#include "capture/recording_ring.h"

#include <atomic>
#include <bit>

#include "base/units.h"

namespace parley {
namespace {

uint32_t Load(uint32_t& word, std::memory_order order) { return std::atomic_ref(word).load(order); }
void Store(uint32_t& word, uint32_t value, std::memory_order order) {
  std::atomic_ref(word).store(value, order);
}

static_assert(std::atomic_ref<uint32_t>::is_always_lock_free);
static_assert(sizeof(layout::RecordingHead) % alignof(layout::RecordedFrame) == 0);
static_assert(sizeof(layout::RecordedFrame) % alignof(int16_t) == 0);

bool IsRecordingRate(uint32_t rate_hz) {
  return rate_hz == 8000 || rate_hz == 16000 || rate_hz == 48000;
}

}  // namespace

std::optional<RecordingRing> RecordingRing::Open(std::span<uint8_t> memory, const char*& fault) {
  fault = nullptr;
  if (memory.size() < sizeof(layout::RecordingHead)) {
    fault = "too small for a recording ring";
    return std::nullopt;
  }
  if (reinterpret_cast<uintptr_t>(memory.data()) % alignof(layout::RecordingHead) != 0) {
    fault = "does not begin on a word";
    return std::nullopt;
  }
  auto* const head = reinterpret_cast<layout::RecordingHead*>(memory.data());
  const RecordingRing ring(head);
  const size_t least = sizeof(layout::RecordedFrame) + size_t{ring.frame_samples_} * 2;
  const size_t places = memory.size() - sizeof(layout::RecordingHead);
  if (Load(head->magic, std::memory_order_relaxed) != layout::kRecordingMagic) {
    fault = "is no recording ring";
  } else if (Load(head->version, std::memory_order_relaxed) != layout::kVersion) {
    fault = "is a recording ring of another version";
  } else if (!IsRecordingRate(ring.rate_hz_)) {
    fault = "is a recording ring of an unknown rate";
  } else if (ring.channels_ != 1 && ring.channels_ != 2) {
    fault = "is a recording ring of neither one channel nor two";
  } else if (ring.frames_max_ > layout::kRecordingFramesMax ||
             !std::has_single_bit(ring.frames_max_)) {
    fault = "is a recording ring whose size is no power of two in range";
  } else if (ring.frame_bytes_ % alignof(layout::RecordedFrame) != 0 || ring.frame_bytes_ < least) {
    fault = "is a recording ring whose places are too small";
  } else if (uint64_t{ring.frame_bytes_} * ring.frames_max_ > places) {
    fault = "has fewer places than it says";
  }
  if (fault != nullptr) return std::nullopt;
  return ring;
}

RecordingRing::RecordingRing(layout::RecordingHead* head)
    : head_(head),
      rate_hz_(Load(head->rate_hz, std::memory_order_relaxed)),
      channels_(Load(head->channels, std::memory_order_relaxed)),
      frames_max_(Load(head->frames_max, std::memory_order_relaxed)),
      frame_bytes_(Load(head->frame_bytes, std::memory_order_relaxed)),
      frame_samples_(FrameSamples(rate_hz_) * channels_) {}

bool RecordingRing::HasPlace(uint32_t write) const PARLEY_NONBLOCKING {
  // Acquire: the reader has taken what is about to be written over. A position that cannot be makes
  // the ring full.
  return write - Load(head_->read, std::memory_order_acquire) < frames_max_;
}

std::span<int16_t> RecordingRing::Samples(uint32_t write) const PARLEY_NONBLOCKING {
  return {reinterpret_cast<int16_t*>(FrameAt(write) + 1), frame_samples_};
}

void RecordingRing::Publish(uint32_t write,
                            const layout::RecordedFrame& frame) const PARLEY_NONBLOCKING {
  *FrameAt(write) = frame;
  Store(head_->write, write + 1, std::memory_order_release);
}

void RecordingRing::Tell(const Progress& progress) const PARLEY_NONBLOCKING {
  Store(head_->lost, progress.lost, std::memory_order_relaxed);
  Store(head_->turn, progress.turn, std::memory_order_relaxed);
  Store(head_->frames, progress.frames, std::memory_order_relaxed);
}

void RecordingRing::End() const PARLEY_NONBLOCKING {
  Store(head_->ended, static_cast<uint32_t>(layout::RecordingEnd::kOver),
        std::memory_order_release);
}

layout::RecordedFrame* RecordingRing::FrameAt(uint32_t write) const PARLEY_NONBLOCKING {
  auto* const first = reinterpret_cast<uint8_t*>(head_ + 1);
  const size_t place = write & (frames_max_ - 1);
  return reinterpret_cast<layout::RecordedFrame*>(first + place * frame_bytes_);
}

}  // namespace parley
