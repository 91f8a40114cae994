// Decoded sound in memory that another thread may still be writing: 48 kHz, one channel. Layout:
// docs/arena.md.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "engine/layout.generated.h"

namespace parley {

// A view of a clip whose head was found good. What does not change is copied when it is opened and
// never read again; positions are clamped to what there can be, so nothing the other side writes
// later leads outside. A value type; the memory must outlive it. Any thread; real-time safe.
class Clip {
 public:
  // What has been written so far.
  struct Extent {
    uint32_t written = 0;  // samples; of a stream wrapping at 2^32
    bool has_ended = false;
  };

  // Nothing when the memory holds no clip; `fault` then says why, in words for an error message.
  [[nodiscard]] static std::optional<Clip> Open(std::span<uint8_t> memory, const char*& fault);

  bool is_stream() const { return is_stream_; }
  // All places for samples, written or not. Of a stream a power of two.
  std::span<const int16_t> samples() const { return samples_; }

  // Samples up to `written` may be read. Once it has ended, never more.
  Extent extent() const PARLEY_NONBLOCKING;
  // Given up by the control thread: whoever plays it ends.
  bool is_withdrawn() const PARLEY_NONBLOCKING;
  // Of a stream: what lies before this position may be overwritten.
  void Release(uint32_t position) const PARLEY_NONBLOCKING;

 private:
  Clip(layout::ClipHead* head, std::span<const int16_t> samples, bool is_stream)
      : head_(head), samples_(samples), is_stream_(is_stream) {}

  layout::ClipHead* head_;
  std::span<const int16_t> samples_;
  bool is_stream_;
};

}  // namespace parley
