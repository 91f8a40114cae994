// How SRTP sessions pass from the control thread to the engines: by a number in a command record,
// so that keys never lie in shared memory.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/realtime.h"
#include "rtp/srtp_session.h"

namespace parley {

// Sessions of all shards at a time: a leg has one, and during a rekey two.
inline constexpr uint32_t kSrtpSessionsMax = 32'768;

// One control thread adds and removes; any engine thread takes. No locks: a session is published by
// a release store of its id, and taken by the exchange that acquires it; so it is taken once, and
// by one engine. The way back needs nothing here: the engine says in an event that it is done
// (leg_closed, or batch_applied of the second rekey after), and only then may Remove or Offer be
// called.
class SrtpTable {
 public:
  // The table of the process, of kSrtpSessionsMax: threads that load the addon each have their own
  // instance of everything else. The control thread must be the first to ask for it. Never
  // destroyed: an engine may still run when the process ends.
  static SrtpTable& OfProcess();

  // `capacity`: sessions at a time, 1 to 65535.
  explicit SrtpTable(uint32_t capacity);
  SrtpTable(const SrtpTable&) = delete;
  SrtpTable& operator=(const SrtpTable&) = delete;

  // Control thread. Publishes a session; nothing when the table is full. An id is never 0
  // or layout::kNone, and is given again only after 65,535 others in the same place.
  std::optional<uint32_t> Add(std::unique_ptr<SrtpSession> session);

  // Control thread. Destroys a session, taken or not. False when there is none with this id.
  bool Remove(uint32_t id);

  // Control thread. A session that was taken may be taken once more, as it is. REQUIRES: the engine
  // that took it said that it is done with it. False when there is none with this id.
  bool Offer(uint32_t id);

  // Engine thread, real-time safe. The session, from now on this engine's; null when none was
  // published under this id, or it was taken before. Any number is safe.
  SrtpSession* Take(uint32_t id) PARLEY_NONBLOCKING;

  // Control thread. Sessions held.
  uint32_t size() const { return static_cast<uint32_t>(slots_.size() - free_.size()); }

 private:
  struct Slot {
    // Id of a session that nobody has taken; else kNobody.
    std::atomic<uint32_t> offered;
    // Written by the control thread while `offered` is kNobody and no engine has the session.
    std::unique_ptr<SrtpSession> session;
    // Control thread alone.
    uint32_t id = 0;
  };

  static constexpr uint32_t kNobody = UINT32_MAX;

  Slot* SlotOf(uint32_t id);

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;  // indices of slots, last freed first
};

}  // namespace parley
