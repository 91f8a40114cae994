#include "jitter/delay_estimator.h"

#include <algorithm>
#include <limits>

#include "base/units.h"

namespace parley {
namespace {

// One packet in so many may come too late.
constexpr uint32_t kPacketsPerLate = 200;

}  // namespace

DelayEstimator::DelayEstimator() { Reset(); }

void DelayEstimator::Reset() {
  has_packets_ = false;
  window_began_ns_ = 0;
  slowest_ns_ = 0;
  newest_difference_ns_ = 0;
  base_ns_ = 0;
  in_step_ = 0;
  now_ = {};
  before_ = {};
  delays_ = {};
  drift_ppm_ = 0;
  drift_.Reset();
}

// A window; the one that was is before it. When the path has become slower, the fastest packet that
// there is left is one of the new path, and what was counted from that of the old one is that much
// less.
void DelayEstimator::Begin(int64_t difference_ns) {
  before_ = now_;
  now_ = {.minimum_ns = difference_ns, .packets = 0, .end = 0};
  const int64_t rise_ns = std::min(difference_ns, before_.minimum_ns) - base_ns_;
  const auto rise =
      static_cast<uint32_t>(std::clamp<int64_t>(rise_ns / (kBucketMs * kNsPerMs), 0, kBuckets - 1));
  before_.end -= std::min(rise, before_.end);
  // None was faster than the fastest that is left.
  for (uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
    delays_[bucket].before = bucket + rise < kBuckets ? delays_[bucket + rise].now : uint16_t{0};
    delays_[bucket].now = 0;
  }
}

void DelayEstimator::Count(uint32_t bucket, uint32_t packets) {
  uint16_t& counted = delays_[bucket].now;
  const uint32_t room = std::numeric_limits<uint16_t>::max() - uint32_t{counted};
  const auto more = static_cast<uint16_t>(std::min(packets, room));
  if (more == 0) return;
  counted += more;
  now_.packets += more;
  now_.end = std::max(now_.end, bucket + 1);
}

void DelayEstimator::OnPacket(int64_t arrival_ns, int64_t media_ns) {
  const int64_t difference_ns = arrival_ns - media_ns;
  newest_difference_ns_ = difference_ns;
  if (!has_packets_) {
    has_packets_ = true;
    now_ = {.minimum_ns = difference_ns, .packets = 0, .end = 0};
    before_ = now_;
    window_began_ns_ = arrival_ns;
  } else if (arrival_ns - window_began_ns_ >= kWindowNs) {
    drift_.OnWindow(window_began_ns_, now_.minimum_ns);
    drift_ppm_ = drift_.ppm();
    Begin(difference_ns);
    window_began_ns_ = arrival_ns;
  }
  now_.minimum_ns = std::min(now_.minimum_ns, difference_ns);
  base_ns_ = std::min(now_.minimum_ns, before_.minimum_ns);
  const int64_t bucket = (difference_ns - base_ns_) / (kBucketMs * kNsPerMs);
  if (in_step_ > 0) Count(0, in_step_);
  in_step_ = 0;
  Count(static_cast<uint32_t>(std::clamp<int64_t>(bucket, 0, kBuckets - 1)), 1);
  UpdateSlowest();
}

void DelayEstimator::UpdateSlowest() {
  const uint32_t late_max = (now_.packets + before_.packets) / kPacketsPerLate;
  uint32_t late = 0;
  uint32_t bucket = std::max(now_.end, before_.end);
  while (bucket > 0) {
    late += uint32_t{delays_[bucket - 1].now} + delays_[bucket - 1].before;
    if (late > late_max) break;
    --bucket;
  }
  // The upper edge of the last bucket that counts; nothing but the first is no jitter at all.
  slowest_ns_ = bucket <= 1 ? 0 : int64_t{bucket} * kBucketMs * kNsPerMs;
}

}  // namespace parley
