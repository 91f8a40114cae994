// Counters and gauges of a shard: kept by the engine thread in memory of its own, published to the
// arena.

#pragma once

#include <array>
#include <cstdint>

#include "engine/layout.generated.h"
#include "engine/phase_meter.h"

namespace parley {

// Engine thread alone, except that anybody may read the published block. Real-time safe.
class Stats {
 public:
  explicit Stats(layout::StatsBlock& published) : published_(published) {}
  Stats(const Stats&) = delete;
  Stats& operator=(const Stats&) = delete;

  // The words as they stand; count by `++stats->mixes`.
  layout::StatsBlock* operator->() { return &words_; }
  const layout::StatsBlock* operator->() const { return &words_; }

  // One tick's work and its wake-up lateness, in ns.
  void RecordTick(int64_t work_ns, int64_t lateness_ns);

  // What the phases of one tick took, in ns.
  void RecordPhases(const std::array<int64_t, kTickPhases>& spent_ns);

  // Copies every word to the arena, each whole; the words of one publication need not be seen
  // together.
  void Publish();

 private:
  layout::StatsBlock words_{};
  layout::StatsBlock& published_;
  // tick_work_ema_ns times 2^kWorkEmaShift, so that the average does not lose its fraction.
  uint64_t work_ema_scaled_ = 0;
};

}  // namespace parley
