#include "engine/stats.h"

#include <cstddef>
#include <iterator>
#include <span>

#include "base/units.h"
#include "engine/shared_word.h"

namespace parley {
namespace {

// Time constant of 256 ticks (1.3 s): 64 rounds of the four phases, so that unequal phases do not
// make it swing.
constexpr uint32_t kWorkEmaShift = 8;

// Words in use; the rest of the block is padding.
constexpr size_t kWords = offsetof(layout::StatsBlock, pad_0_) / sizeof(uint64_t);
constexpr size_t kBuckets = std::size(layout::kTickHistogramEdgesUs) + 1;
static_assert(std::size(layout::StatsBlock{}.tick_work_histogram) == kBuckets);
static_assert(std::size(layout::StatsBlock{}.tick_phase_ns) == kTickPhases);
static_assert(std::size(layout::StatsBlock{}.tick_phase_histogram) == kTickPhases * kBuckets);

void CountInHistogram(std::span<uint64_t, kBuckets> histogram, int64_t ns) {
  size_t bucket = 0;
  for (const uint32_t edge_us : layout::kTickHistogramEdgesUs) {
    if (ns <= edge_us * kNsPerUs) break;
    ++bucket;
  }
  ++histogram[bucket];
}

}  // namespace

void Stats::RecordTick(int64_t work_ns, int64_t lateness_ns) {
  ++words_.ticks;
  if (work_ns > kTickNs) ++words_.ticks_overrun;
  words_.tick_work_ns += static_cast<uint64_t>(work_ns);
  words_.tick_lateness_ns += static_cast<uint64_t>(lateness_ns);
  CountInHistogram(words_.tick_work_histogram, work_ns);
  CountInHistogram(words_.tick_lateness_histogram, lateness_ns);
  work_ema_scaled_ += static_cast<uint64_t>(work_ns) - (work_ema_scaled_ >> kWorkEmaShift);
  words_.tick_work_ema_ns = work_ema_scaled_ >> kWorkEmaShift;
}

void Stats::RecordPhases(const std::array<int64_t, kTickPhases>& spent_ns) {
  const std::span histograms(words_.tick_phase_histogram);
  for (size_t phase = 0; phase < kTickPhases; ++phase) {
    words_.tick_phase_ns[phase] += static_cast<uint64_t>(spent_ns[phase]);
    CountInHistogram(histograms.subspan(phase * kBuckets).first<kBuckets>(), spent_ns[phase]);
  }
}

void Stats::Publish() {
  const auto* from = reinterpret_cast<const uint64_t*>(&words_);
  auto* to = reinterpret_cast<uint64_t*>(&published_);
  for (size_t word = 0; word < kWords; ++word) StoreRelaxed(to[word], from[word]);
}

}  // namespace parley
