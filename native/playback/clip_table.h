// How clips pass from the control thread to the engines.

#pragma once

#include <cstdint>

#include "base/id_table.h"
#include "playback/clip.h"

namespace parley {

// Clips of all shards at a time.
inline constexpr uint32_t kClipsMax = 16'384;

// An engine is done with a clip when it has said so: player_ended, player_closed.
class ClipTable : public IdTable<Clip> {
 public:
  using IdTable::IdTable;

  // The table of the process, of kClipsMax: threads that load the addon each have their own
  // instance of everything else. The control thread must be the first to ask for it. Never
  // destroyed: an engine may still run when the process ends.
  static ClipTable& OfProcess();
};

}  // namespace parley
