// What the phases of a tick take, one by one (docs/tick.md).

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/layout.generated.h"

namespace parley {

using TickPhase = layout::TickPhase;
inline constexpr size_t kTickPhases = static_cast<size_t>(TickPhase::kPublish) + 1;

// Engine thread alone; real-time safe. A look at the clock takes some 25 ns, and there is one after
// each phase of a batch of legs: a hundredth of a microsecond for a leg and frame.
class PhaseMeter {
 public:
  // Monotonic, ns.
  using Clock = int64_t (*)();

  // Without a clock, as where time is virtual, nothing is measured.
  explicit PhaseMeter(Clock clock) : clock_(clock) {}

  void BeginTick() {
    spent_ns_ = {};
    GoOn();
  }
  // What was before belongs to no phase.
  void GoOn() {
    if (clock_ != nullptr) at_ns_ = clock_();
  }
  // What was since the last call of any of these belongs to `phase`.
  void Done(TickPhase phase) {
    if (clock_ == nullptr) return;
    const int64_t now_ns = clock_();
    spent_ns_[static_cast<size_t>(phase)] += now_ns - at_ns_;
    at_ns_ = now_ns;
  }

  bool measures() const { return clock_ != nullptr; }
  // Of this tick, by phase.
  const std::array<int64_t, kTickPhases>& spent_ns() const { return spent_ns_; }

 private:
  Clock clock_;
  int64_t at_ns_ = 0;
  std::array<int64_t, kTickPhases> spent_ns_ = {};
};

}  // namespace parley
