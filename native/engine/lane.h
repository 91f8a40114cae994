// The engine's end of a lane: coded frames of one gRPC leg, in from the control thread and out to
// it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/layout.generated.h"

namespace parley {

// One lane in service. Used by the engine thread alone; real-time safe. Invariants:
// 1. Playing starts only when `prime_frames` frames wait, or when frames wait and none was added
// since the last turn
//    (the writer has stopped: an utterance shorter than the priming must sound too).
// 2. After running dry, and after a clear, it primes again.
// 3. The other side's positions are not trusted: any value reads as some number of frames from 0 to
// the capacity. The memory must outlive it.
class Lane {
 public:
  struct Turn {
    // The frame whose turn it is, inside the lane's memory, or empty. Valid until Pop.
    std::span<const uint8_t> frame;
    // The lane had begun, and now has no frame.
    bool starved = false;
  };

  Lane() = default;

  // `memory` is one lane of the arena; a frame has `frame_bytes`, 1 to kLaneFrameBytes.
  void Open(std::span<uint8_t> memory, uint32_t frame_bytes, uint32_t prime_frames);

  // What is to be played now; once per 20 ms. When a frame is returned, Pop must follow.
  Turn Next();

  // Gives the frame returned by Next back to the writer.
  void Pop();

  // False when the reader has left no place: the frame is dropped. `has_voice`: what the reader is
  // told of it. REQUIRES: frame.size() == frame_bytes.
  [[nodiscard]] bool Push(std::span<const uint8_t> frame, bool has_voice);

  // Frames waiting to be played.
  uint32_t waiting() const;

 private:
  uint8_t* InFrame(uint32_t position) const;
  uint8_t* OutFrame(uint32_t position) const;
  void ApplyClear();

  layout::LaneHead* head_ = nullptr;
  uint32_t frame_bytes_ = 0;
  uint32_t prime_frames_ = 0;
  uint32_t in_read_ = 0;
  uint32_t out_write_ = 0;
  uint32_t waiting_last_turn_ = 0;
  bool begun_ = false;
};

}  // namespace parley
