// A turn of a room that spans shards, while this shard goes through it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/layout.generated.h"

namespace parley {

struct SpanTurn {
  uint32_t room = layout::kNone;
  std::span<const uint32_t> legs;
  size_t now = 0;  // of these, those that are served in its tick (RoomTurn)

  // What is done of it: intent published; share published; all of it.
  enum class Stage : uint8_t { kChosen, kIntended, kShared, kDone };
  Stage stage = Stage::kChosen;

  uint64_t turn = 0;         // as RoomSpan names it
  size_t first_place = 0;    // of its legs, among those that are kept until it is done
  uint32_t here = 0;         // a bit for each other member that takes part in it
  uint32_t first_aside = 0;  // of those kept for its legs
  uint32_t asides = 0;
  bool is_rate_agreed = false;  // all members want the rate that this one wants
};

}  // namespace parley
