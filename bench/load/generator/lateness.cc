#include "lateness.h"

#include <algorithm>

namespace parley::load {
namespace {

constexpr size_t kBlockFrames = 250;  // 5 s

}  // namespace

void TimeHistogram::Add(int64_t ns) {
  const auto step = static_cast<size_t>(std::max<int64_t>(0, ns) / kStepNs);
  ++counts_[std::min(step, kSteps)];
}

double TimeHistogram::QuantileMs(double share) const {
  uint64_t total = 0;
  for (const uint64_t count : counts_) total += count;
  uint64_t below = 0;
  for (size_t step = 0; step < counts_.size() && total > 0; ++step) {
    below += counts_[step];
    if (static_cast<double>(below) >= share * static_cast<double>(total)) {
      return static_cast<double>(step) * kStepNs / 1e6;
    }
  }
  return 0;
}

uint64_t TimeHistogram::LongerThanMs(int64_t ms) const {
  uint64_t longer = 0;
  for (size_t step = static_cast<size_t>(ms * 1'000'000 / kStepNs) + 1; step < counts_.size();
       ++step) {
    longer += counts_[step];
  }
  return longer;
}

void TransitBlock::Add(int64_t transit_ns, TimeHistogram& lateness) {
  transits_ns_.push_back(transit_ns);
  if (transits_ns_.size() >= kBlockFrames) Close(lateness);
}

void TransitBlock::Close(TimeHistogram& lateness) {
  if (transits_ns_.empty()) return;
  const int64_t smallest_ns = *std::ranges::min_element(transits_ns_);
  for (const int64_t transit_ns : transits_ns_) lateness.Add(transit_ns - smallest_ns);
  transits_ns_.clear();
}

}  // namespace parley::load
