#include "engine/outgoing.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "rtp/rtp_packet.h"

namespace parley {
namespace {

constexpr size_t kCacheLine = 64;

constexpr size_t PlaceBytes(size_t frame_bytes) {
  return (kRtpHeaderBytes + frame_bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

constexpr size_t kPlaceBytesMax = PlaceBytes(kFrameBytesMax);

// A frame in every codec without state, at every rate it can have: two of a byte for each sample,
// then L16 in either byte order, and with two channels.
constexpr size_t StationBytes() {
  size_t bytes = 2 * PlaceBytes(FrameSamples(8000));
  for (const uint32_t rate_hz : {8000u, 16000u, 24000u, 44100u, 48000u}) {
    bytes += 2 * PlaceBytes(2 * FrameSamples(rate_hz)) + PlaceBytes(4 * FrameSamples(rate_hz));
  }
  return bytes;
}
constexpr size_t kStationBytes = StationBytes();
// What legs of one large room share is less than a station's: every codec without state. Of small
// rooms together, each leg of a batch may be the first of its kind.
constexpr size_t kSharedBytes = std::max(kStationBytes, kBatchLegs* kPlaceBytesMax);
// Of each leg its own, or the first that it is of those who follow an encoder with state.
constexpr size_t kOwnBytes = kBatchLegs * kPlaceBytesMax;
constexpr size_t CodedBytes(size_t silences) {
  return silences * kPlaceBytesMax + kStationsMax * kStationBytes + kSharedBytes + kOwnBytes;
}
constexpr std::array<int16_t, kFrameSamplesMax> kSilence{};

// A leg's own filter goes on from where the sound it heard came from, so that moving between the
// shared mix and one of its own does not click. A filter's memory is a millisecond or two of sound:
// it must not carry a whisper into the shared mix.
void HandOverFilter(Room& room, Leg& leg) {
  if (leg.format.rate_hz == room.sound.rate_hz) return;
  SharedOutput& shared = room.sound.shared[RateIndex(leg.format.rate_hz)];
  const bool shared_ran = shared.turn + 1 == room.sound.turn;
  if (leg.path.mix.mix_class == MixClass::kOwn && leg.path.previous_class != MixClass::kOwn) {
    if (leg.path.previous_class == MixClass::kShared && shared_ran) {
      leg.path.from_room = shared.resampler;
    } else {
      leg.path.from_room.Reset(room.sound.rate_hz, leg.format.rate_hz);
    }
  }
  const bool is_first_of_shared = !shared_ran && shared.turn != room.sound.turn;
  if (leg.path.mix.mix_class == MixClass::kShared && is_first_of_shared) {
    const bool may_seed =
        leg.path.previous_class == MixClass::kOwn && leg.path.private_turn + 1 != room.sound.turn;
    if (!may_seed) return;
    shared.resampler = leg.path.from_room;
    shared.turn = room.sound.turn;
  }
}

}  // namespace

Outgoing::Outgoing(const EngineLimits& limits, LegFrames& frames, Players& players,
                   SharedStreams& streams, RateChange& change)
    : frames_(frames),
      players_(players),
      streams_(streams),
      change_(change),
      stations_(kStationsMax),
      station_streams_(limits.players_max) {
  using layout::Codec;
  bytes_.resize(CodedBytes(kSharedKinds));
  for (const CodecFormat& format : {CodecFormat{Codec::kPcmu, 48000},
                                    {Codec::kPcma, 48000},
                                    {Codec::kLinear16, 48000},
                                    {Codec::kL16, 48000},
                                    {Codec::kL16, 48000, 2}}) {
    silence_begin_[SharedKind(format)] = static_cast<uint32_t>(shared_begin_);
    EncodeFrame(format, kSilence, std::span(bytes_).subspan(shared_begin_ + kRtpHeaderBytes));
    shared_begin_ += kPlaceBytesMax;
  }
  for (Station& station : stations_) {
    station.first_byte = shared_begin_;
    shared_begin_ += kStationBytes;
  }
  own_begin_ = shared_begin_ + kSharedBytes;
  BeginBatch(tick_);
}

size_t Outgoing::BytesFor(uint32_t players_max) {
  return CodedBytes(kSharedKinds) + kStationsMax * sizeof(Station) +
         players_max * sizeof(std::array<StationStream, kPhasesPerFrame>);
}

uint32_t Outgoing::SharedKind(const CodecFormat& format) {
  PARLEY_ASSERT(IsStateless(format.codec));
  return format.channels == 2 ? kSharedKinds - 1 : static_cast<uint32_t>(format.codec);
}

CodedFrame Outgoing::SilenceOf(const CodecFormat& format) const {
  return {.begin = silence_begin_[SharedKind(format)],
          .bytes = static_cast<uint32_t>(PayloadBytes(format, FrameSamples(format.rate_hz)))};
}

void Outgoing::EncodeSilence(uint32_t phase, Leg& leg, Stats& stats) {
  if (IsStateless(leg.format.codec)) {
    leg.coded = SilenceOf(leg.format);
    return;
  }
  EncodeStream(silence_streams_[phase], leg,
               std::span(kSilence).first(FrameSamples(leg.format.rate_hz)), kSilenceDbov, stats);
}

// A leg that players are for may hear them in any turn: it is coded as they are.
void Outgoing::EncodeSilent(uint32_t phase, Leg& leg, Stats& stats) {
  if (IsStateless(leg.format.codec) || !HasPlayers(leg.players)) {
    EncodeSilence(phase, leg, stats);
  } else {
    EncodeStateful(StationStreamOf(phase, leg), leg,
                   std::span(kSilence).first(FrameSamples(leg.format.rate_hz)), stats);
  }
}

// What the leg hears as others do; null where it is alone with what it hears.
SharedStream* Outgoing::StreamOf(Room& room, const Leg& leg) {
  const MixClass mix_class = leg.path.mix.mix_class;
  if (SharedStream* const station = StationStreamOf(room.phase, leg)) return station;
  switch (mix_class) {
    case MixClass::kNone:
      return HasPlayers(leg.players) ? nullptr : &silence_streams_[room.phase];
    case MixClass::kShared:
      return &room.stream;
    case MixClass::kStation:
    case MixClass::kOwn:
      break;
  }
  return nullptr;
}

// Before any frame of this turn is coded that the leg does not hear.
void Outgoing::Settle(SharedStream* stream, Leg& leg) {
  if (IsStateless(leg.format.codec)) return;
  if (stream == nullptr) streams_.Fork(leg.encoder);
  if (leg.rtp) streams_.NoteLoss(leg.encoder, tick_, leg.rtp->remote_loss_percent());
}

void Outgoing::EncodeStream(SharedStream& stream, Leg& leg, std::span<const int16_t> samples,
                            uint32_t level_dbov, Stats& stats) {
  const SharedStreams::Turn turn = streams_.Encode(stream, leg.encoder, tick_, samples, level_dbov);
  for (uint32_t encode = 0; encode < turn.encodes; ++encode) CountEncode(leg.format, stats);
  SharedGroup* const group = turn.group;
  if (group == nullptr) {
    leg.coded = EncodeOwn(leg, samples, stats, turn.towards);
    return;
  }
  if (!turn.is_coded_now) ++stats->encodes_shared;
  if (group->piece != piece_) {
    const std::span<const uint8_t> payload = group->encoder.payload();
    std::ranges::copy(payload, Place(payload.size()).begin());
    group->coded = Placed(payload.size());
    group->piece = piece_;
  }
  leg.coded = group->coded;
}

void Outgoing::EncodeStateful(SharedStream* stream, Leg& leg, std::span<const int16_t> samples,
                              Stats& stats) {
  if (stream == nullptr) {
    leg.coded = EncodeOwn(leg, samples, stats);
  } else {
    EncodeStream(*stream, leg, samples, leg.output_level_dbov, stats);
  }
}

void Outgoing::BeginRoom(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                         ResampledMix* kept) {
  BeginTurn(room, served, legs, kept);
  // Before any of the room's frames is coded: who hears something of its own leaves those with whom
  // it was coded.
  for (const uint32_t index : served) {
    if (!legs[index].is_apart()) Settle(StreamOf(room, legs[index]), legs[index]);
  }
}

void Outgoing::EncodeRoom(Room& room, std::span<const uint32_t> piece, std::span<Leg> legs,
                          Stats& stats) {
  for (const uint32_t index : piece) {
    Leg& leg = legs[index];
    const MixClass mix_class = leg.path.mix.mix_class;
    if (mix_class == MixClass::kNone) {
      EncodeSilent(room.phase, leg, stats);
    } else if (mix_class == MixClass::kStation) {
      EncodeStation(room.phase, leg, room.sound.rate_hz, stats);
    } else if (!IsStateless(leg.format.codec)) {
      EncodeStateful(StreamOf(room, leg), leg, Heard(room, leg, stats), stats);
    } else if (mix_class == MixClass::kShared) {
      leg.coded = EncodeShared(room, leg, stats);
    } else {
      leg.coded = EncodeOwn(leg, Heard(room, leg, stats), stats);
    }
  }
}

void Outgoing::KeepBefore(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                          Stats& stats) {
  BeginTurn(room, served, legs, nullptr);
  RoomSound& after = room.sound_before;
  after.faded_turn = room.sound.turn;
  for (const uint32_t index : served) {
    Leg& leg = legs[index];
    const MixClass heard = leg.is_apart() ? MixClass::kNone : leg.path.mix.mix_class;
    // What it said has been mixed: its place is for what it heard.
    const uint32_t place = std::exchange(leg.frame_before, layout::kNone);
    if (heard == MixClass::kShared) {
      uint32_t& shared = after.shared[RateIndex(leg.format.rate_hz)].frame_before;
      if (shared == layout::kNone) shared = KeepHeard(room, leg, change_.Take(), stats);
      leg.frame_before = shared;
    } else if (heard == MixClass::kOwn) {
      const bool has_place = place != layout::kNone;
      leg.frame_before = KeepHeard(room, leg, has_place ? place : change_.Take(), stats);
    }
  }
}

uint32_t Outgoing::KeepHeard(Room& room, Leg& leg, uint32_t place, Stats& stats) {
  if (place == layout::kNone) {
    room.has_seam = true;
  } else {
    std::ranges::copy(Heard(room, leg, stats), change_.frame(place).begin());
  }
  return place;
}

void Outgoing::BeginTurn(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                         ResampledMix* kept) {
  shared_ = {};
  shared_resampled_ = kept == nullptr ? &of_one_tick_ : kept;
  shared_resampled_->Clear();
  for (const uint32_t index : served) {
    if (!legs[index].is_apart()) HandOverFilter(room, legs[index]);
  }
}

void Outgoing::GoOn(KeptTurn& kept) {
  BeginBatch(kept.tick);
  shared_ = {};
  shared_resampled_ = &kept.resampled;
}

// What a leg hears, at the rate of its codec; good until the next call.
std::span<const int16_t> Outgoing::Heard(Room& room, Leg& leg, Stats& stats) {
  const auto heard = frames_.Heard(leg).first(FrameSamples(room.sound.rate_hz));
  switch (leg.path.mix.mix_class) {
    case MixClass::kNone:
      break;
    case MixClass::kShared:
      return SharedAt(room, leg.format.rate_hz, heard);
    case MixClass::kOwn: {
      const std::span<int16_t> own = OwnAt(leg, heard);
      if (room.sound.fades()) change_.Fade(leg.frame_before, own);
      return own;
    }
    case MixClass::kStation:
      return StationAt(leg, room.sound.rate_hz, stats);
  }
  return std::span(kSilence).first(FrameSamples(leg.format.rate_hz));
}

CodedFrame Outgoing::EncodeShared(Room& room, Leg& leg, Stats& stats) {
  CodedFrame& coded = shared_[SharedKind(leg.format)][RateIndex(leg.format.rate_hz)];
  if (coded.bytes > 0) {
    ++stats->encodes_shared;
    return coded;
  }
  const std::span<const int16_t> samples = Heard(room, leg, stats);
  const size_t frame_bytes = PayloadBytes(leg.format, samples.size());
  PARLEY_ASSERT(shared_bytes_ + PlaceBytes(frame_bytes) <= own_begin_);
  EncodeFrame(leg.format, samples,
              std::span(bytes_).subspan(shared_bytes_ + kRtpHeaderBytes, frame_bytes));
  CountEncode(leg.format, stats);
  coded = {.begin = static_cast<uint32_t>(shared_bytes_),
           .bytes = static_cast<uint32_t>(frame_bytes)};
  shared_bytes_ += PlaceBytes(frame_bytes);
  return coded;
}

CodedFrame Outgoing::EncodeOwn(Leg& leg, std::span<const int16_t> samples, Stats& stats,
                               SharedGroup* towards) {
  const std::span<uint8_t> place = Place(PayloadBytes(leg.format, samples.size()));
  CountEncode(leg.format, stats);
  if (IsStateless(leg.format.codec)) return Placed(EncodeFrame(leg.format, samples, place));
  return Placed(streams_.EncodeOwn(leg.encoder, towards, samples, place));
}

void Outgoing::CountEncode(const CodecFormat& format, Stats& stats) {
  ++stats->encodes;
  if (format.codec == layout::Codec::kG722) ++stats->encodes_g722;
  if (format.codec == layout::Codec::kOpus) ++stats->encodes_opus;
}

// Room for a frame of at most so many bytes; good until it is said how many there are.
std::span<uint8_t> Outgoing::Place(size_t frame_bytes_max) {
  PARLEY_ASSERT(used_bytes_ + PlaceBytes(frame_bytes_max) <= bytes_.size());
  return std::span(bytes_).subspan(used_bytes_ + kRtpHeaderBytes, frame_bytes_max);
}

CodedFrame Outgoing::Placed(size_t frame_bytes) {
  const auto begin = static_cast<uint32_t>(used_bytes_);
  used_bytes_ += PlaceBytes(frame_bytes);
  return {.begin = begin, .bytes = static_cast<uint32_t>(frame_bytes)};
}

// Coded once for every leg of the shard that hears this player and nothing else, whatever its room
// and phase.
CodedFrame Outgoing::EncodeStateless(Leg& leg, uint32_t frame_rate_hz, Stats& stats) {
  const std::span<const int16_t> samples = StationAt(leg, frame_rate_hz, stats);
  const uint32_t player = players_.SoundingOf(leg.players).players().front();
  const uint32_t place = players_.station(player);
  if (place == layout::kNone) return EncodeOwn(leg, samples, stats);
  Station& station = stations_[place];
  if (station.frame_number != players_.frame_number(player)) {
    station.frame_number = players_.frame_number(player);
    station.used_bytes = 0;
    station.coded = {};
  }
  CodedFrame& coded = station.coded[SharedKind(leg.format)][RateIndex(leg.format.rate_hz)];
  if (coded.bytes > 0) {
    ++stats->encodes_shared;
    return coded;
  }
  const size_t begin = station.first_byte + station.used_bytes;
  const size_t frame_bytes = PayloadBytes(leg.format, samples.size());
  EncodeFrame(leg.format, samples, std::span(bytes_).subspan(begin + kRtpHeaderBytes, frame_bytes));
  CountEncode(leg.format, stats);
  coded = {.begin = static_cast<uint32_t>(begin), .bytes = static_cast<uint32_t>(frame_bytes)};
  station.used_bytes += PlaceBytes(frame_bytes);
  ++stats->encodes_station;
  return coded;
}

// The shared mix at the rate of some of its hearers, resampled and faded once for all of them.
std::span<const int16_t> Outgoing::SharedAt(Room& room, uint32_t rate_hz,
                                            std::span<const int16_t> heard) {
  if (rate_hz == room.sound.rate_hz && !room.sound.fades()) return heard;
  const std::span<int16_t> resampled = shared_resampled_->frame(rate_hz);
  if (shared_resampled_->is_made(rate_hz)) return resampled;
  SharedOutput& shared = room.sound.shared[RateIndex(rate_hz)];
  const bool goes_on = shared.turn == room.sound.turn || shared.turn + 1 == room.sound.turn;
  if (!goes_on) shared.resampler.Reset(room.sound.rate_hz, rate_hz);
  shared.resampler.Process(heard, resampled);
  shared.turn = room.sound.turn;
  if (room.sound.fades()) change_.Fade(shared.frame_before, resampled);
  shared_resampled_->NoteMade(rate_hz);
  return resampled;
}

std::span<int16_t> Outgoing::OwnAt(Leg& leg, std::span<int16_t> heard) {
  if (heard.size() == FrameSamples(leg.format.rate_hz)) return heard;
  const auto resampled = std::span(resampled_).first(FrameSamples(leg.format.rate_hz));
  leg.path.from_room.Process(heard, resampled);
  return resampled;
}

std::span<uint8_t> Outgoing::PacketOf(const Leg& leg) {
  return std::span(bytes_).subspan(leg.coded.begin, kRtpHeaderBytes + leg.coded.bytes);
}

std::span<const uint8_t> Outgoing::FrameOf(const Leg& leg) const {
  return std::span(bytes_).subspan(leg.coded.begin + kRtpHeaderBytes, leg.coded.bytes);
}

}  // namespace parley
