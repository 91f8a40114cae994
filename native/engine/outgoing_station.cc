// The part of Outgoing for legs that hear players and nothing else.

#include "engine/outgoing.h"

namespace parley {

void Outgoing::EncodeAlone(Leg& leg, uint32_t phase, uint32_t frame_rate_hz, Stats& stats) {
  switch (leg.path.mix.mix_class) {
    case MixClass::kNone:
    case MixClass::kShared:
      if (HasPlayers(leg.players)) Settle(StationStreamOf(phase, leg), leg);
      EncodeSilent(phase, leg, stats);
      return;
    case MixClass::kStation:
      Settle(StationStreamOf(phase, leg), leg);
      EncodeStation(phase, leg, frame_rate_hz, stats);
      return;
    case MixClass::kOwn:
      Settle(nullptr, leg);
      if (leg.path.previous_class != MixClass::kOwn) {
        leg.path.from_room.Reset(frame_rate_hz, leg.format.rate_hz);
      }
      leg.coded =
          EncodeOwn(leg, OwnAt(leg, frames_.Heard(leg).first(FrameSamples(frame_rate_hz))), stats);
      return;
  }
}

// What a leg hears that is routed to one player and to nothing else: the same as all such legs,
// turn for turn, whatever the player does, until a command says otherwise. One stream for each
// phase, since who leaves goes on from what has been coded in the phases before its own.
SharedStream* Outgoing::StationStreamOf(uint32_t phase, const Leg& leg) {
  if (leg.hears != layout::Hears::kSilence || IsStateless(leg.format.codec)) return nullptr;
  const PlayerRef player = players_.OnlyOf(leg.players);
  if (player.player == layout::kNone) return nullptr;
  StationStream& station = station_streams_[player.player][phase];
  if (station.generation != player.generation) {
    // Those who followed the player of before leave in this turn of theirs.
    if (station.stream.first != nullptr) return nullptr;
    station.generation = player.generation;
  }
  return &station.stream;
}

void Outgoing::EncodeStation(uint32_t phase, Leg& leg, uint32_t frame_rate_hz, Stats& stats) {
  if (IsStateless(leg.format.codec)) {
    leg.coded = EncodeStateless(leg, frame_rate_hz, stats);
    return;
  }
  const uint64_t encodes = stats->encodes;
  EncodeStateful(StationStreamOf(phase, leg), leg, StationAt(leg, frame_rate_hz, stats), stats);
  if (leg.encoder.group != nullptr) stats->encodes_station += stats->encodes - encodes;
}

// The frame of the one player a leg hears, at the rate of its codec; good until the next call.
std::span<const int16_t> Outgoing::StationAt(Leg& leg, uint32_t frame_rate_hz, Stats& stats) {
  const size_t samples = FrameSamples(leg.format.rate_hz);
  if (frame_rate_hz == leg.format.rate_hz) return frames_.Heard(leg).first(samples);
  const uint32_t player = players_.SoundingOf(leg.players).players().front();
  return players_.Frame(player, leg.format.rate_hz, std::span(resampled_).first(samples), stats);
}

}  // namespace parley
