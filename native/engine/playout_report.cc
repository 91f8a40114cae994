#include "engine/playout_report.h"

#include <cstddef>

#include "engine/shared_word.h"

namespace parley {
namespace {

// A counter, and where it is shown.
struct Shown {
  uint64_t PlayoutCounters::*counter;
  uint64_t layout::StatsBlock::*of_shard;
  uint64_t layout::LegSlot::*of_leg;
};

constexpr Shown kShown[] = {
    {&PlayoutCounters::frames_concealed, &layout::StatsBlock::frames_concealed,
     &layout::LegSlot::frames_concealed},
    {&PlayoutCounters::gaps, &layout::StatsBlock::gaps, &layout::LegSlot::gaps},
    {&PlayoutCounters::gaps_restored, &layout::StatsBlock::gaps_restored,
     &layout::LegSlot::gaps_restored},
    {&PlayoutCounters::gaps_filled, &layout::StatsBlock::gaps_filled,
     &layout::LegSlot::gaps_filled},
    {&PlayoutCounters::guesses_by_codec, &layout::StatsBlock::guesses_by_codec,
     &layout::LegSlot::guesses_by_codec},
    {&PlayoutCounters::guesses_by_pitch, &layout::StatsBlock::guesses_by_pitch,
     &layout::LegSlot::guesses_by_pitch},
    {&PlayoutCounters::guesses_of_noise, &layout::StatsBlock::guesses_of_noise,
     &layout::LegSlot::guesses_of_noise},
    {&PlayoutCounters::guesses_faded, &layout::StatsBlock::guesses_faded,
     &layout::LegSlot::guesses_faded},
    {&PlayoutCounters::starvations, &layout::StatsBlock::starvations,
     &layout::LegSlot::starvations},
    {&PlayoutCounters::spurts_anchored, &layout::StatsBlock::spurts_anchored,
     &layout::LegSlot::spurts_anchored},
    {&PlayoutCounters::speech_shortened_us, &layout::StatsBlock::speech_shortened_us,
     &layout::LegSlot::speech_shortened_us},
    {&PlayoutCounters::quiet_shortened_us, &layout::StatsBlock::quiet_shortened_us,
     &layout::LegSlot::quiet_shortened_us},
    {&PlayoutCounters::speech_lengthened_us, &layout::StatsBlock::speech_lengthened_us,
     &layout::LegSlot::speech_lengthened_us},
    {&PlayoutCounters::quiet_lengthened_us, &layout::StatsBlock::quiet_lengthened_us,
     &layout::LegSlot::quiet_lengthened_us},
    {&PlayoutCounters::clocks_followed, &layout::StatsBlock::clocks_followed,
     &layout::LegSlot::clocks_followed},
    {&PlayoutCounters::packets_outrun, &layout::StatsBlock::packets_outrun,
     &layout::LegSlot::packets_outrun},
    {&PlayoutCounters::packets_left_out, &layout::StatsBlock::packets_left_out,
     &layout::LegSlot::packets_left_out},
    {&PlayoutCounters::playout_restarts, &layout::StatsBlock::playout_restarts,
     &layout::LegSlot::playout_restarts},
};
// All that is counted, but for frames played and silent, which a leg does not show.
static_assert(sizeof(PlayoutCounters) == (std::size(kShown) + 2) * sizeof(uint64_t));

}  // namespace

void PlayoutReport::Count(const Playout& playout, Stats& stats) PARLEY_NONBLOCKING {
  const PlayoutCounters& now = playout.counters();
  layout::StatsBlock& shard = *stats.operator->();
  shard.frames_silent += now.frames_silent - counted_.frames_silent;
  for (const Shown& shown : kShown) {
    shard.*shown.of_shard += now.*shown.counter - counted_.*shown.counter;
  }
  counted_ = now;
  const PacketCounters& packets = playout.packets();
  shard.packets_late += packets.late - counted_packets_.late;
  shard.packets_duplicate += packets.duplicate - counted_packets_.duplicate;
  shard.packets_overflow += packets.overflow - counted_packets_.overflow;
  shard.packets_overflow += packets.skipped - counted_packets_.skipped;
  counted_packets_ = packets;
}

void PlayoutReport::Publish(layout::LegSlot& slot) const PARLEY_NONBLOCKING {
  for (const Shown& shown : kShown) {
    StoreRelaxed(slot.*shown.of_leg, earlier_.*shown.counter + counted_.*shown.counter);
  }
  StoreRelaxed(slot.packets_late, earlier_packets_.late + counted_packets_.late);
  StoreRelaxed(slot.packets_duplicate, earlier_packets_.duplicate + counted_packets_.duplicate);
  StoreRelaxed(slot.packets_overflow, earlier_packets_.overflow + earlier_packets_.skipped +
                                          counted_packets_.overflow + counted_packets_.skipped);
}

void PlayoutReport::Carry(const Playout& playout) PARLEY_NONBLOCKING {
  for (const Shown& shown : kShown) {
    earlier_.*shown.counter += playout.counters().*shown.counter;
  }
  earlier_packets_.late += playout.packets().late;
  earlier_packets_.duplicate += playout.packets().duplicate;
  earlier_packets_.overflow += playout.packets().overflow;
  earlier_packets_.skipped += playout.packets().skipped;
  counted_ = {};
  counted_packets_ = {};
}

}  // namespace parley
