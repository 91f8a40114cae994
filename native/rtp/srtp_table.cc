#include "rtp/srtp_table.h"

namespace parley {

static_assert(kSrtpSessionsMax <= SrtpTable::kCapacityMax);

SrtpTable& SrtpTable::OfProcess() {
  static SrtpTable* const table = std::make_unique<SrtpTable>(kSrtpSessionsMax).release();
  return *table;
}

}  // namespace parley
