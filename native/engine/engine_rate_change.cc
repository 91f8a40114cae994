// The part of Engine for a turn in which a room's rate changes (RateChange).

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "kernels/kernels.h"

namespace parley {

// To the rate of before, and back.
void Engine::SwapRates(Room& room, std::span<const uint32_t> legs) {
  std::swap(room.sound, room.sound_before);
  for (const uint32_t index : legs) {
    Leg& leg = switchboard_.legs()[index];
    std::swap(leg.path, leg.path_before);
  }
}

std::span<int16_t> Engine::SaidBefore(const Leg& leg) {
  const uint32_t rate_hz = switchboard_.rooms()[leg.room].sound_before.rate_hz;
  return change_.frame(leg.frame_before).first(FrameSamples(rate_hz));
}

// What a leg says at the rate of before, if it was heard to the end of the last turn: who was not
// comes in with the fade.
void Engine::SayBefore(Leg& leg, std::span<const int16_t> decoded) {
  if (!leg.contributes || leg.presence == Presence::kFadesOut) return;
  leg.frame_before = change_.Take();
  if (leg.frame_before == layout::kNone) {
    switchboard_.rooms()[leg.room].has_seam = true;
    return;
  }
  const std::span<int16_t> said = SaidBefore(leg);
  leg.path_before.to_room.Process(decoded, said);
  leg.input_level_before_dbov = kernels::LevelDbov(said);
}

// The turn at the rate of before, down to what each leg would have heard.
void Engine::MixBefore(Room& room, std::span<const uint32_t> served) {
  const std::span<Leg> legs = switchboard_.legs();
  const auto swap_inputs = [&] {
    for (const uint32_t index : served) {
      Leg& leg = legs[index];
      std::swap(leg.input_level_dbov, leg.input_level_before_dbov);
      if (leg.frame_before == layout::kNone) continue;
      std::ranges::swap_ranges(frames_.Said(leg), change_.frame(leg.frame_before));
    }
  };
  SwapRates(room, served);
  swap_inputs();
  mixing_.MixUnranked(room, served, legs, tick_, stats_);
  for (const uint32_t index : served) {
    if (legs[index].path.mix.is_waiting) mixing_.MixWaiting(legs[index], mixing_.sum(), stats_);
  }
  swap_inputs();
  outgoing_.KeepBefore(room, served, legs, stats_);
  SwapRates(room, served);
  room.sound_before.rate_hz = 0;
  if (std::exchange(room.has_seam, false)) ++stats_->room_rates_changed_abruptly;
}

}  // namespace parley
