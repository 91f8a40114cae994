// How late packets are: transit above the leg's smallest of the same 5 s.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::load {

// Counts of times in steps of 50 µs up to 500 ms; what is longer counts as that.
class TimeHistogram {
 public:
  TimeHistogram() : counts_(kSteps + 1) {}

  void Add(int64_t ns);
  // In ms: what at least `share` of the times are not longer than; 0 when there are none.
  double QuantileMs(double share) const;
  uint64_t LongerThanMs(int64_t ms) const;

 private:
  static constexpr int64_t kStepNs = 50'000;
  static constexpr size_t kSteps = 10'000;

  std::vector<uint64_t> counts_;
};

// Transits of one leg, until their smallest is known.
class TransitBlock {
 public:
  // `transit_ns` has any offset, the same for all packets of a block.
  void Add(int64_t transit_ns, TimeHistogram& lateness);
  // Hands what has come so far to `lateness`.
  void Close(TimeHistogram& lateness);
  void Forget() { transits_ns_.clear(); }

 private:
  std::vector<int64_t> transits_ns_;
};

}  // namespace parley::load
