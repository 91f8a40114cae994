#include "engine/shard.h"

#include <memory>
#include <optional>

#include "base/huge_pages.h"
#include "base/realtime.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "engine/event_bell.h"
#include "engine/realtime_scheduling.h"
#include "engine/run_loop.h"
#include "net/udp_port.h"

namespace parley {

const char* RunShard(std::span<uint8_t> arena_bytes, const ShardOptions& options) {
  const char* fault = nullptr;
  const std::optional<Arena> arena = Arena::Open(arena_bytes, fault);
  if (!arena) return fault;

  // Not the lanes: what is not in memory yet is taken by whoever touches it first, the control
  // thread, and a huge page takes it milliseconds. All else is taken here: for what the kernel puts
  // together later ticks would wait.
  PreferHugePages(arena->without_lanes());
  GatherHugePages(arena->without_lanes());
  UdpPort port;
  // On the heap: frames and tables inside would strain a worker thread's stack.
  const auto engine = std::make_unique<Engine>(*arena, port, SteadyNowNs);
  SystemTickClock clock;
  const FlushDenormals flush_denormals;
  const RealtimeScheduling scheduling(options.realtime_priority);
  engine->stats()->realtime_scheduling = scheduling.active() ? 1 : 0;
  EventBell bell(*arena, options.bell);
  RunLoop(*engine, clock, arena->control(), engine->stats(), bell);
  return nullptr;
}

}  // namespace parley
