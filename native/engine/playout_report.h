// What the playout of a leg has done, for whoever looks: counted for the shard and for the leg.

#pragma once

#include "base/realtime.h"
#include "engine/layout.generated.h"
#include "engine/stats.h"
#include "jitter/playout.h"

namespace parley {

// One leg's, whatever playouts it has had, one after the other. One thread; real-time safe; about
// 600 bytes.
class PlayoutReport {
 public:
  // Adds what has happened since the last call to the shard's counters. REQUIRES: TakeNews of
  // `playout` said so; a frame played is no news.
  void Count(const Playout& playout, Stats& stats) PARLEY_NONBLOCKING;

  // Writes what Count has seen to the fields of the leg's slot that are about its playout.
  void Publish(layout::LegSlot& slot) const PARLEY_NONBLOCKING;

  // `playout` ends, and another takes its place.
  void Carry(const Playout& playout) PARLEY_NONBLOCKING;

 private:
  PlayoutCounters counted_;  // of this playout, already with the shard
  PacketCounters counted_packets_;
  PlayoutCounters earlier_;  // of playouts before this one
  PacketCounters earlier_packets_;
};

}  // namespace parley
