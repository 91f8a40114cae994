// How clips pass from the control thread to the engines: by a number in a command record.

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/realtime.h"
#include "playback/clip.h"

namespace parley {

// Clips of all shards at a time.
inline constexpr uint32_t kClipsMax = 16'384;

// One control thread adds and removes; any engine thread finds. No locks: a clip is published by a
// release store of its id. Nothing here says when an engine is done with a clip: it says so in
// events (player_ended, player_closed), and only then may Remove be called.
class ClipTable {
 public:
  // The table of the process, of kClipsMax: threads that load the addon each have their own
  // instance of everything else. The control thread must be the first to ask for it. Never
  // destroyed: an engine may still run when the process ends.
  static ClipTable& OfProcess();

  // `capacity`: clips at a time, 1 to 65535.
  explicit ClipTable(uint32_t capacity);
  ClipTable(const ClipTable&) = delete;
  ClipTable& operator=(const ClipTable&) = delete;

  // Control thread. Publishes a clip, whose memory must stay until it is removed; nothing when the
  // table is full. An id is never 0 or layout::kNone, and is given again only after 65,535 others
  // in the same place.
  std::optional<uint32_t> Add(const Clip& clip);

  // Control thread. False when there is none with this id.
  // REQUIRES: no engine plays it, or has still to open a player of it.
  bool Remove(uint32_t id);

  // Engine thread, real-time safe. Null when none is published under this id; any number is safe.
  // Good until the engine has told of the end of what it opened with it.
  const Clip* Find(uint32_t id) const PARLEY_NONBLOCKING;

  // Control thread. Clips held.
  uint32_t size() const { return static_cast<uint32_t>(slots_.size() - free_.size()); }

 private:
  struct Slot {
    // Id of the clip that may be found; else kNobody.
    std::atomic<uint32_t> published;
    // Written by the control thread while `published` is kNobody and no engine plays it.
    std::optional<Clip> clip;
    // Control thread alone.
    uint32_t id = 0;
  };

  static constexpr uint32_t kNobody = UINT32_MAX;

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;  // indices of slots, last freed first
};

}  // namespace parley
