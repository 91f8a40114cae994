#include "engine/players.h"

#include "base/assert.h"
#include "base/serial_number.h"
#include "kernels/kernels.h"

namespace parley {
namespace {

// Frames are kept for more hearers than one alone.
constexpr uint32_t kStationHearersMin = 2;

}  // namespace

Players::Players(uint32_t players_max, ClipTable& clips) : clips_(clips), players_(players_max) {
  for (std::vector<uint32_t>& phase : phases_) phase.reserve(players_max);
}

Outcome Players::Apply(const layout::OpenPlayer& command, uint64_t tick) PARLEY_NONBLOCKING {
  if (command.player >= players_.size() || players_[command.player].is_open) {
    return Outcome::kRefused;
  }
  Player& player = players_[command.player];
  player = {};
  player.is_open = true;
  player.generation = command.player_generation;
  player.phase = static_cast<uint32_t>(tick % kPhasesPerFrame);
  player.reader = ClipReader(clips_.Find(command.clip), command.loops);
  std::vector<uint32_t>& phase = phases_[player.phase];
  player.place = static_cast<uint32_t>(phase.size());
  phase.push_back(command.player);
  ++open_;
  return Outcome::kDone;
}

Outcome Players::Apply(const layout::ClosePlayer& command, EventLog& events) PARLEY_NONBLOCKING {
  if (command.player >= players_.size()) return Outcome::kRefused;
  Player& player = players_[command.player];
  if (SerialDistance32(player.generation, command.player_generation) < 0) return Outcome::kIgnored;
  if (!IsOpen({.player = command.player, .generation = command.player_generation})) {
    return Outcome::kRefused;
  }
  GiveStation(player);
  std::vector<uint32_t>& phase = phases_[player.phase];
  phase[player.place] = phase.back();
  players_[phase.back()].place = player.place;
  phase.pop_back();
  player.is_open = false;
  player.reader = {};
  --open_;
  events.PlayerClosed(command.player, command.player_generation);
  return Outcome::kDone;
}

PlayerRef Players::Find(uint32_t player, uint32_t generation) const PARLEY_NONBLOCKING {
  const PlayerRef ref = {.player = player, .generation = generation};
  return IsOpen(ref) ? ref : PlayerRef();
}

bool Players::IsOpen(const PlayerRef& ref) const PARLEY_NONBLOCKING {
  if (ref.player >= players_.size()) return false;
  const Player& player = players_[ref.player];
  return player.is_open && player.generation == ref.generation;
}

void Players::Route(LegPlayers& leg, std::array<uint32_t, 2> slots) PARLEY_NONBLOCKING {
  const LegPlayers before = leg;
  for (size_t at = 0; at < leg.size(); ++at) {
    const uint32_t slot = slots[at];
    leg[at] = slot == layout::kNone ? PlayerRef() : Find(slot, players_[slot].generation);
    if (leg[at].player != layout::kNone) ++players_[slot].hearers;
  }
  for (const PlayerRef& ref : before) {
    if (!IsOpen(ref)) continue;
    Player& player = players_[ref.player];
    --player.hearers;
    if (player.hearers < kStationHearersMin) GiveStation(player);
  }
}

void Players::Advance(uint64_t tick, EventLog& events, Stats& stats) PARLEY_NONBLOCKING {
  for (const uint32_t index : phases_[tick % kPhasesPerFrame]) {
    Player& player = players_[index];
    if (player.has_ended) continue;
    player.frame_number = ++frames_;
    if (player.station != layout::kNone) stations_.Forget(player.station);
    switch (player.reader.Advance()) {
      case ClipReader::Turn::kSound:
        break;
      case ClipReader::Turn::kStarved:
        ++stats->player_frames_starved;
        break;
      case ClipReader::Turn::kEnded:
        player.has_ended = true;
        ++stats->players_ended;
        events.PlayerEnded(index, player.generation);
        break;
    }
  }
}

PlayerRef Players::OnlyOf(const LegPlayers& leg) const PARLEY_NONBLOCKING {
  PlayerRef only;
  for (const PlayerRef& ref : leg) {
    if (!IsOpen(ref)) continue;
    if (only.player != layout::kNone) return {};
    only = ref;
  }
  return only;
}

bool Players::IsSounding(const PlayerRef& ref) const PARLEY_NONBLOCKING {
  return IsOpen(ref) && players_[ref.player].reader.has_sound();
}

SoundingPlayers Players::SoundingOf(const LegPlayers& leg) const PARLEY_NONBLOCKING {
  SoundingPlayers sounding;
  for (const PlayerRef& ref : leg) {
    if (IsSounding(ref)) sounding.Add(ref.player);
  }
  return sounding;
}

std::span<const int16_t> Players::Frame(uint32_t index, uint32_t rate_hz,
                                        std::span<int16_t> scratch,
                                        Stats& stats) PARLEY_NONBLOCKING {
  Player& player = players_[index];
  if (player.hearers >= kStationHearersMin) TakeStation(player, stats);
  if (player.station == layout::kNone) {
    player.reader.Render(rate_hz, scratch);
    ++stats->player_frames;
    return scratch;
  }
  const std::span<int16_t> kept = stations_.At(player.station, rate_hz);
  if (!stations_.Has(player.station, rate_hz)) {
    player.reader.Render(rate_hz, kept);
    stations_.Keep(player.station, rate_hz);
    ++stats->player_frames;
  }
  return kept;
}

uint8_t Players::LevelDbov(uint32_t index, uint32_t rate_hz,
                           std::span<const int16_t> frame) const PARLEY_NONBLOCKING {
  const uint32_t station = players_[index].station;
  if (station != layout::kNone && stations_.Has(station, rate_hz)) {
    return stations_.LevelDbov(station, rate_hz);
  }
  return kernels::LevelDbov(frame);
}

void Players::TakeStation(Player& player, Stats& stats) PARLEY_NONBLOCKING {
  if (player.station != layout::kNone) return;
  player.station = stations_.Take();
  if (player.station == layout::kNone) ++stats->stations_full;
}

void Players::GiveStation(Player& player) PARLEY_NONBLOCKING {
  if (player.station != layout::kNone) stations_.Give(player.station);
  player.station = layout::kNone;
}

}  // namespace parley
