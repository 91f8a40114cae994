#include "playback/clip_table.h"

#include <memory>

namespace parley {

static_assert(kClipsMax <= ClipTable::kCapacityMax);

ClipTable& ClipTable::OfProcess() {
  static ClipTable* const table = std::make_unique<ClipTable>(kClipsMax).release();
  return *table;
}

}  // namespace parley
