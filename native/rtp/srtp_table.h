// How SRTP sessions pass from the control thread to the engines: by a number in a command record,
// so that keys never lie in shared memory.

#pragma once

#include <cstdint>
#include <memory>

#include "base/id_table.h"
#include "base/realtime.h"
#include "rtp/srtp_session.h"

namespace parley {

// Sessions of all shards at a time: a leg has one, and during a rekey two.
inline constexpr uint32_t kSrtpSessionsMax = 32'768;

// A session is taken by one engine at a time, which says in an event that it is done with it
// (leg_closed, or batch_applied of the second rekey after); only then may it be removed, or offered
// to another as it is.
class SrtpTable : public IdTable<std::unique_ptr<SrtpSession>> {
 public:
  using IdTable::IdTable;

  // The table of the process, of kSrtpSessionsMax: threads that load the addon each have their own
  // instance of everything else. The control thread must be the first to ask for it. Never
  // destroyed: an engine may still run when the process ends.
  static SrtpTable& OfProcess();

  // As IdTable::Take.
  SrtpSession* Take(uint32_t id) PARLEY_NONBLOCKING {
    const std::unique_ptr<SrtpSession>* session = IdTable::Take(id);
    return session == nullptr ? nullptr : session->get();
  }
};

}  // namespace parley
