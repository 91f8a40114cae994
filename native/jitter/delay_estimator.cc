#include "jitter/delay_estimator.h"

#include <algorithm>
#include <limits>

#include "base/units.h"

namespace parley {
namespace {

constexpr int64_t kWindowNs = 3 * kNsPerSecond;
// One packet in so many may come too late.
constexpr uint32_t kPacketsPerLate = 200;

}  // namespace

void DelayEstimator::Window::Begin(int64_t difference_ns) {
  minimum_ns = difference_ns;
  packets = 0;
  end = 0;
  delays.fill(0);
}

void DelayEstimator::Window::Count(size_t bucket) {
  if (delays[bucket] == std::numeric_limits<uint16_t>::max()) return;
  ++delays[bucket];
  ++packets;
  end = std::max(end, bucket + 1);
}

DelayEstimator::DelayEstimator() { Reset(); }

void DelayEstimator::Reset() {
  has_packets_ = false;
  window_began_ns_ = 0;
  now_.Begin(0);
  before_.Begin(0);
  slowest_ns_ = 0;
  newest_difference_ns_ = 0;
  drift_.Reset();
}

int64_t DelayEstimator::base_ns() const { return std::min(now_.minimum_ns, before_.minimum_ns); }

void DelayEstimator::OnPacket(int64_t arrival_ns, int64_t media_ns) {
  const int64_t difference_ns = arrival_ns - media_ns;
  newest_difference_ns_ = difference_ns;
  if (!has_packets_) {
    has_packets_ = true;
    now_.Begin(difference_ns);
    before_.Begin(difference_ns);
    window_began_ns_ = arrival_ns;
  } else if (arrival_ns - window_began_ns_ >= kWindowNs) {
    drift_.OnWindow(window_began_ns_, now_.minimum_ns);
    before_ = now_;
    now_.Begin(difference_ns);
    window_began_ns_ = arrival_ns;
  }
  now_.minimum_ns = std::min(now_.minimum_ns, difference_ns);
  const int64_t bucket = (difference_ns - base_ns()) / (kBucketMs * kNsPerMs);
  now_.Count(static_cast<size_t>(std::clamp<int64_t>(bucket, 0, kBuckets - 1)));
  UpdateSlowest();
}

void DelayEstimator::UpdateSlowest() {
  const uint32_t late_max = (now_.packets + before_.packets) / kPacketsPerLate;
  uint32_t late = 0;
  size_t bucket = std::max(now_.end, before_.end);
  while (bucket > 0) {
    late += uint32_t{now_.delays[bucket - 1]} + before_.delays[bucket - 1];
    if (late > late_max) break;
    --bucket;
  }
  // The upper edge of the last bucket that counts; nothing but the first is no jitter at all.
  slowest_ns_ = bucket <= 1 ? 0 : static_cast<int64_t>(bucket) * kBucketMs * kNsPerMs;
}

}  // namespace parley
