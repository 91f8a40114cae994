// The sound of the present turn: what each leg gives to the mix, and what it hears.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/arena.h"
#include "engine/kept_turn.h"
#include "engine/leg.h"

namespace parley {

// Legs that are done with before the next are served have their frames in the same few places of
// the arena, one batch after the other: these stay in the core's own cache. Where frames are kept
// for longer, in large rooms, each leg has a place of its own. What all of a room hear lies in one
// place: that of the first of them, or where a spread room keeps its turn. What lies there is of
// use only in the turn in which it was put there.
//
// One thread. The arena and what is kept must outlive it.
class LegFrames {
 public:
  LegFrames(const Arena& arena, std::span<KeptTurn> kept) : places_(arena.frames()), kept_(kept) {}

  // The place of each of a batch, `at` below kBatchLegs, and of a leg alone: Leg::said_place and
  // Leg::heard_place.
  static uint32_t BatchPlace(size_t at) { return static_cast<uint32_t>(at); }
  static uint32_t OwnPlace(uint32_t index) { return layout::kBatchLegs + index; }
  // Of what all hear of a spread room: Leg::heard_place.
  uint32_t KeptPlace(uint32_t kept) const { return static_cast<uint32_t>(places_.size()) + kept; }
  bool IsOwnPlace(uint32_t place) const {
    return place >= layout::kBatchLegs && place < places_.size();
  }

  // Room for the largest frame.
  std::span<int16_t> Said(const Leg& leg) { return FrameAt(places_[leg.said_place].input); }
  std::span<int16_t> Heard(const Leg& leg) {
    const size_t place = leg.heard_place;
    if (place >= places_.size()) return kept_[place - places_.size()].shared;
    return FrameAt(places_[place].output);
  }

 private:
  static std::span<int16_t> FrameAt(uint8_t* bytes) {
    return {reinterpret_cast<int16_t*>(bytes), layout::kFrameSamplesMax};
  }

  std::span<layout::FramePair> places_;
  std::span<KeptTurn> kept_;
};

}  // namespace parley
