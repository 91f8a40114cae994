#include "capture/ring_table.h"

#include <memory>

namespace parley {

static_assert(kRingsMax <= RingTable::kCapacityMax);

RingTable& RingTable::OfProcess() {
  static RingTable* const table = std::make_unique<RingTable>(kRingsMax).release();
  return *table;
}

}  // namespace parley
