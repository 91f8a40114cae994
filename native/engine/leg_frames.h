// The sound of the present turn: what each leg gives to the mix, and what it hears.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/arena.h"
#include "engine/leg.h"

namespace parley {

// Legs that are done with before the next are served have their frames in the same few places of
// the arena, one batch after the other: these stay in the core's own cache. Where frames are kept
// for longer, in large rooms, each leg has a place of its own. What lies there is of use only in
// the turn in which it was put there.
//
// One thread. The arena must outlive it.
class LegFrames {
 public:
  explicit LegFrames(const Arena& arena) : places_(arena.frames()) {}

  // The place of each of a batch, `at` below kBatchLegs, and of a leg alone: Leg::frames_place.
  static uint32_t BatchPlace(size_t at) { return static_cast<uint32_t>(at); }
  static uint32_t OwnPlace(uint32_t index) { return layout::kBatchLegs + index; }
  static bool HasOwnPlace(const Leg& leg) { return leg.frames_place >= layout::kBatchLegs; }

  // Room for the largest frame.
  std::span<int16_t> Said(const Leg& leg) { return FrameAt(places_[leg.frames_place].input); }
  std::span<int16_t> Heard(const Leg& leg) { return FrameAt(places_[leg.frames_place].output); }

 private:
  static std::span<int16_t> FrameAt(uint8_t* bytes) {
    return {reinterpret_cast<int16_t*>(bytes), layout::kFrameSamplesMax};
  }

  std::span<layout::FramePair> places_;
};

}  // namespace parley
