// Test support: the ring of a recorder, in the table of the process, and the one who reads it.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "capture/recording_ring.h"
#include "engine/layout.generated.h"

namespace parley::testing {

// Stays in the table while it lives. One thread: control and reader in one.
class RecordingMemory {
 public:
  explicit RecordingMemory(uint32_t rate_hz, uint32_t channels = 1,
                           uint32_t frames_max = layout::kRecordingFramesMax);
  ~RecordingMemory();
  RecordingMemory(const RecordingMemory&) = delete;
  RecordingMemory& operator=(const RecordingMemory&) = delete;

  // Takes what is in the ring and appends it to the file, with silence where something is missing.
  void Drain();
  // The recording as a file has it: Drain, and silence up to its length.
  const std::vector<int16_t>& File();

  // Samples of a frame, all channels.
  size_t frame_samples() const { return ring_->frame_samples(); }
  bool ended();
  uint32_t frames();
  uint32_t lost();
  uint32_t turn();
  // Heads of the frames drained so far.
  const std::vector<layout::RecordedFrame>& heads() const { return heads_; }

  uint32_t id() const { return id_; }
  layout::RecordingHead& head();
  std::span<uint8_t> bytes() { return {reinterpret_cast<uint8_t*>(words_.data()), bytes_}; }

 private:
  size_t bytes_;
  std::vector<uint64_t> words_;
  std::optional<RecordingRing> ring_;
  uint32_t id_ = 0;
  std::vector<int16_t> file_;
  std::vector<layout::RecordedFrame> heads_;
};

}  // namespace parley::testing
