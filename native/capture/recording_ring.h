// A ring of frames that leave the engine for a file, in memory that another thread reads. Layout:
// docs/arena.md.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "engine/layout.generated.h"

namespace parley {

// A view of a ring whose head was found good. What does not change is copied when it is opened and
// never read again; the position of the reader is believed only as far as it can be true, so
// nothing the other side writes leads outside. A value type; the memory must outlive it. Any
// thread; real-time safe.
class RecordingRing {
 public:
  // Nothing when the memory holds no ring; `fault` then says why, in words for an error message.
  [[nodiscard]] static std::optional<RecordingRing> Open(std::span<uint8_t> memory,
                                                         const char*& fault);

  uint32_t rate_hz() const { return rate_hz_; }
  uint32_t channels() const { return channels_; }
  uint32_t frames_max() const { return frames_max_; }
  // Of one frame, all channels.
  uint32_t frame_samples() const { return frame_samples_; }

  // Whether there is a place for frame number `write`: all before it were published.
  bool HasPlace(uint32_t write) const PARLEY_NONBLOCKING;
  // The samples of that frame, for the engine to fill. REQUIRES: HasPlace(write).
  std::span<int16_t> Samples(uint32_t write) const PARLEY_NONBLOCKING;
  // Publishes it, and that the next is `write` + 1. REQUIRES: HasPlace(write).
  void Publish(uint32_t write, const layout::RecordedFrame& frame) const PARLEY_NONBLOCKING;

  // How far the recording is; see layout::RecordingHead.
  struct Progress {
    uint32_t frames = 0;
    uint32_t lost = 0;
    uint32_t turn = 0;
  };
  void Tell(const Progress& progress) const PARLEY_NONBLOCKING;
  // Nothing more comes. After the last Tell and Publish.
  void End() const PARLEY_NONBLOCKING;

 private:
  explicit RecordingRing(layout::RecordingHead* head);

  layout::RecordedFrame* FrameAt(uint32_t write) const PARLEY_NONBLOCKING;

  layout::RecordingHead* head_;
  uint32_t rate_hz_;
  uint32_t channels_;
  uint32_t frames_max_;
  uint32_t frame_bytes_;
  uint32_t frame_samples_;
};

}  // namespace parley
