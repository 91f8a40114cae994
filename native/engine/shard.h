// Runs one engine on the calling thread, from an arena to its end.

#pragma once

#include <cstdint>
#include <span>

namespace parley {

struct ShardOptions {
  int realtime_priority = 0;  // SCHED_FIFO, 1 to 99; 0 leaves the thread as it is
  int bell = -1;  // written to when the control thread is to look for events (EventBell)
};

// Blocks until the arena's control block says stop. Returns null then, or at once what is wrong
// with the arena. Any number of threads may run a shard each, on an arena of its own.
const char* RunShard(std::span<uint8_t> arena_bytes, const ShardOptions& options);

}  // namespace parley
