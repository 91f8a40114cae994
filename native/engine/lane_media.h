// The media of a gRPC leg: coded frames through a lane of the arena.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "codecs/codec.h"
#include "engine/lane.h"
#include "engine/stats.h"
#include "jitter/playout.h"

namespace parley {

// One thread; real-time safe. The lane's memory must outlive it.
class LaneMedia {
 public:
  // `lane`: of the arena, given to this leg alone; `jitter_ms`: what it is primed with.
  LaneMedia(uint32_t lane, std::span<uint8_t> memory, const CodecFormat& format,
            uint32_t jitter_ms);

  // Fills `frame` with the next 20 ms received, or silence; never conceals.
  // REQUIRES: frame.size() == FrameSamples(rate of the codec).
  FrameKind PullFrame(std::span<int16_t> frame, Stats& stats) PARLEY_NONBLOCKING;

  // Hands a coded frame to the reader, and whether somebody speaks in it; one that finds no place
  // is dropped and counted.
  void Send(std::span<const uint8_t> coded, bool has_voice, Stats& stats) PARLEY_NONBLOCKING;

  uint32_t lane() const { return lane_; }
  // True from the first frame taken on.
  bool has_started() const { return frames_received_ > 0; }

  // Writes the fields of the leg's slot that are about its lane.
  void Publish(layout::LegSlot& slot) const PARLEY_NONBLOCKING;

 private:
  uint32_t lane_;
  CodecFormat format_;
  Lane frames_;
  uint64_t frames_received_ = 0;
  uint64_t frames_sent_ = 0;
  uint64_t frames_overflow_ = 0;
};

}  // namespace parley
