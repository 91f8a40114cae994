// How recording rings pass from the control thread to the engines.

#pragma once

#include <cstdint>

#include "base/id_table.h"
#include "capture/recording_ring.h"

namespace parley {

// Recording rings of all shards at a time.
inline constexpr uint32_t kRingsMax = 8'192;

// An engine is done with a ring when it has said so: recorder_closed.
class RingTable : public IdTable<RecordingRing> {
 public:
  using IdTable::IdTable;

  // The table of the process, as ClipTable::OfProcess.
  static RingTable& OfProcess();
};

}  // namespace parley
