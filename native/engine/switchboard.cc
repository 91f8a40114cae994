#include "engine/switchboard.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/prefault.h"
#include "base/serial_number.h"
#include "engine/leg_coding.h"
#include "engine/shared_word.h"

namespace parley {
namespace {

constexpr uint32_t kSpeechStartMsMax = 840;
constexpr uint32_t kSpeechStopMsMax = 10'000;

bool IsVoice(const layout::SetVoice& command) {
  return command.speech_start_ms >= kFrameMs && command.speech_start_ms <= kSpeechStartMsMax &&
         command.speech_stop_ms >= kFrameMs && command.speech_stop_ms <= kSpeechStopMsMax &&
         command.noise_gate <= 1 && command.automatic_gain <= 1;
}

bool IsRemote(const layout::OpenLeg& command) {
  if (command.remote_family == 0) return true;
  if (command.remote_family != 4 && command.remote_family != 6) return false;
  return command.remote_rtp_port >= 1 && command.remote_rtp_port <= UINT16_MAX &&
         command.remote_rtcp_port <= UINT16_MAX;
}

bool IsRtp(const layout::OpenLeg& command) {
  return command.transport == static_cast<uint32_t>(layout::Transport::kRtp) &&
         command.payload_type <= kPayloadTypeMax && command.rtp_fd >= 0 && IsRemote(command) &&
         AreOthers(command) && IsEventClock(command) &&
         command.direction <= static_cast<uint32_t>(layout::Direction::kInactive);
}

}  // namespace

Switchboard::Switchboard(const Arena& arena, const Spreading& spreading)
    : arena_(arena),
      limits_(arena.limits()),
      spreading_(spreading),
      pool_(ChunksFor(limits_)),
      srtp_(SrtpTable::OfProcess()),
      spans_(SpanTable::OfProcess()),
      lender_(limits_.opus_legs_max),
      streams_(limits_.legs_max, limits_.opus_legs_max),
      players_(limits_.players_max, ClipTable::OfProcess()),
      legs_(limits_.legs_max),
      rooms_(limits_.rooms_max),
      lane_in_use_(limits_.lanes_max) {
  for (Phase& phase : phases_) phase.rooms.reserve(limits_.rooms_max);
  const uint32_t spread_max = SpreadRoomsMax(limits_.legs_max, spreading);
  spread_rooms_.reserve(spread_max);
  kept_free_.reserve(spread_max);
  for (uint32_t kept = 0; kept < spread_max; ++kept) kept_free_.push_back(kept);
  closing_.reserve(limits_.legs_max);
  whispers_unresolved_.reserve(limits_.legs_max);
  Prefault(std::as_writable_bytes(legs()));
}

Outcome Switchboard::Apply(const layout::OpenLeg& command, const TickTime& time) {
  const uint32_t index = command.header.leg;
  if (index >= limits_.legs_max || legs_[index].in_use) return Outcome::kRefused;
  if (!IsCoding(command) || !IsTimed(command)) return Outcome::kRefused;
  const bool is_lane = command.transport == static_cast<uint32_t>(layout::Transport::kLane);
  if (is_lane) {
    if (command.lane >= limits_.lanes_max || lane_in_use_[command.lane] != 0)
      return Outcome::kRefused;
  } else if (!IsRtp(command)) {
    return Outcome::kRefused;
  }
  const CodecFormat format = FormatOf(command);
  CodecLoans loans;
  if (!is_lane && !lender_.Lend(format, loans)) return Outcome::kRefused;
  // Last, since a session is taken once.
  SrtpKeying srtp = {.id = is_lane ? 0 : command.srtp_session};
  if (srtp.id != 0 && (srtp.session = srtp_.Take(srtp.id)) == nullptr) {
    lender_.TakeBackAll(loans);
    return Outcome::kRefused;
  }

  std::destroy_at(&legs_[index]);
  Leg& leg = *std::construct_at(&legs_[index]);
  leg.in_use = true;
  leg.generation = command.header.generation;
  leg.ssrc = command.ssrc;
  leg.format = format;
  leg.loans = loans;
  streams_.Open(leg.encoder, format, OpusConfigOf(command));
  if (is_lane) {
    lane_in_use_[command.lane] = 1;
    leg.frames.emplace(command.lane, arena_.lane(command.lane), leg.format, command.jitter_ms);
  } else {
    RtpMediaConfig config = RtpMediaConfig::From(command);
    config.srtp = srtp;
    leg.rtp.emplace(config, &pool_, loans, time);
  }
  ListOf(index).Add(legs(), index);
  ++legs_open_;
  ++legs_by_codec_[CodecIndex(format.codec)];

  // Whatever is said of the leg before in this slot is gone before anybody may look.
  layout::LegSlot& slot = arena_.leg(index);
  std::memset(&slot, 0, sizeof(slot));
  StoreRelaxed(slot.generation, leg.generation);
  StoreRelaxed(slot.frame_rate_hz, FrameRateHz(leg));
  StoreRelaxed(slot.in_use, uint32_t{1});
  return Outcome::kDone;
}

Outcome Switchboard::FindLeg(const layout::RecordHeader& header) const {
  if (header.leg >= limits_.legs_max) return Outcome::kRefused;
  const Leg& leg = legs_[header.leg];
  if (SerialDistance32(leg.generation, header.generation) < 0) return Outcome::kIgnored;
  const bool is_found = leg.in_use && !leg.is_closing && leg.generation == header.generation;
  return is_found ? Outcome::kDone : Outcome::kRefused;
}

bool Switchboard::IsDue(const layout::RecordHeader& header) const {
  return FindLeg(header) == Outcome::kDone && legs_[header.leg].due == DueFrame::kMixed;
}

Outcome Switchboard::Apply(const layout::CloseLeg& command) {
  const Outcome found = FindLeg(command.header);
  if (found != Outcome::kDone) return found;
  const uint32_t index = command.header.leg;
  TakeOut(index);
  players_.Route(legs_[index].players, {layout::kNone, layout::kNone});
  streams_.Close(legs_[index].encoder);
  legs_[index].is_closing = true;
  closing_.push_back(index);
  return Outcome::kDone;
}

void Switchboard::FreeLeg(uint32_t index) {
  Leg& leg = legs_[index];
  PARLEY_ASSERT(leg.is_closing);
  if (leg.frames) lane_in_use_[leg.frames->lane()] = 0;
  leg.frames.reset();
  leg.rtp.reset();
  lender_.TakeBackAll(leg.loans);
  leg.in_use = false;
  leg.is_closing = false;
  std::erase(closing_, index);
  --legs_open_;
  --legs_by_codec_[CodecIndex(leg.format.codec)];
  layout::LegSlot& slot = arena_.leg(index);
  StoreRelaxed(slot.in_use, uint32_t{0});
}

bool Switchboard::IsRoute(const layout::RouteLeg& command) const {
  if (command.sends > static_cast<uint32_t>(layout::Sends::kWhisper)) return false;
  if (command.hears > static_cast<uint32_t>(layout::Hears::kRoom)) return false;
  if (!players_.IsSlotOrNone(command.player)) return false;
  if (!players_.IsSlotOrNone(command.player_beside)) return false;
  if (command.room != layout::kNone) {
    if (command.room >= limits_.rooms_max || !rooms_[command.room].is_open) return false;
  }
  const bool is_whisper = command.sends == static_cast<uint32_t>(layout::Sends::kWhisper);
  if (command.whisper_member > kSpanMembersMax) return false;
  return !is_whisper || command.whisper_to < limits_.legs_max;
}

Outcome Switchboard::Apply(const layout::RouteLeg& command) {
  const Outcome found = FindLeg(command.header);
  if (found != Outcome::kDone) return found;
  const uint32_t index = command.header.leg;
  Leg& leg = legs_[index];
  if (!IsRoute(command)) {
    leg.sends = layout::Sends::kNobody;
    Hear(leg, layout::Hears::kSilence, {layout::kNone, layout::kNone});
    ForgetVoice(leg);
    return Outcome::kRefused;
  }
  if (command.room != leg.room) MoveLeg(index, command.room);
  const auto sends = static_cast<layout::Sends>(command.sends);
  // The filter's memory holds a millisecond or two of what was said to others.
  const bool is_other_whisper =
      sends == layout::Sends::kWhisper &&
      (command.whisper_to != leg.whisper_to || command.whisper_member != leg.whisper_member);
  if (sends != leg.sends || is_other_whisper) ForgetVoice(leg);
  leg.sends = sends;
  Hear(leg, static_cast<layout::Hears>(command.hears), {command.player, command.player_beside});
  leg.whisper_to = layout::kNone;
  leg.whisper_member = 0;
  if (sends == layout::Sends::kWhisper) {
    leg.whisper_to = command.whisper_to;
    if (command.whisper_member > 0) {
      leg.whisper_member = command.whisper_member;
      leg.whisper_to_generation = command.whisper_generation;
      return Outcome::kDone;
    }
    // Full only when one batch routes more whispers than there are legs; the surplus is heard by
    // nobody.
    if (whispers_unresolved_.size() == whispers_unresolved_.capacity()) {
      leg.whisper_to = layout::kNone;
      return Outcome::kRefused;
    }
    whispers_unresolved_.push_back(index);
  }
  return Outcome::kDone;
}

Outcome Switchboard::Apply(const layout::SendDigits& command) {
  const Outcome found = FindLeg(command.header);
  if (found != Outcome::kDone) return found;
  Leg& leg = legs_[command.header.leg];
  if (command.count == 0 || command.count > std::size(command.digits) || !leg.rtp) {
    return Outcome::kRefused;
  }
  const auto digits = std::span<const uint8_t>(command.digits).first(command.count);
  return leg.rtp->QueueDigits(digits) ? Outcome::kDone : Outcome::kRefused;
}

Outcome Switchboard::Apply(const layout::UpdateLeg& command, const TickTime& time) {
  const Outcome found = FindLeg(command.header);
  if (found != Outcome::kDone) return found;
  Leg& leg = legs_[command.header.leg];
  // The two records have the same fields.
  const auto media = std::bit_cast<layout::OpenLeg>(command);
  if (!leg.rtp || !IsCoding(media) || !IsTimed(media) || !IsRtp(media)) return Outcome::kRefused;
  const CodecFormat format = FormatOf(media);
  const bool is_opus = format.codec == layout::Codec::kOpus;
  CodecLoans loans = leg.loans;
  if (!lender_.Lend(format, loans)) return Outcome::kRefused;
  RtpMediaConfig config = RtpMediaConfig::From(media);
  if (media.srtp_session != leg.rtp->srtp_session_id()) {
    // 0 would be a downgrade; nobody has a session of that id.
    config.srtp = {.id = media.srtp_session, .session = srtp_.Take(media.srtp_session)};
    if (config.srtp.session == nullptr) {
      lender_.TakeBackBeyond(leg.format, loans);
      return Outcome::kRefused;
    }
  }
  leg.rtp->Update(config, CodecLender::PartFor(format, loans), time.now_ns);
  lender_.TakeBackBeyond(format, loans);
  leg.loans = loans;
  // A stream that is coded as before goes on as it was.
  const OpusEncoderConfig opus = OpusConfigOf(media);
  const FrameEncoder& before = leg.encoder.own;
  if (format != before.format() || (is_opus && opus != before.config())) {
    streams_.Open(leg.encoder, format, opus);
  }
  --legs_by_codec_[CodecIndex(leg.format.codec)];
  ++legs_by_codec_[CodecIndex(format.codec)];
  const bool is_other_rate = format.rate_hz != leg.format.rate_hz;
  leg.format = format;
  if (is_other_rate) RestartLeg(leg);
  return Outcome::kDone;
}

Outcome Switchboard::Apply(const layout::SetVoice& command) {
  const Outcome found = FindLeg(command.header);
  if (found != Outcome::kDone) return found;
  if (!IsVoice(command)) return Outcome::kRefused;
  Leg& leg = legs_[command.header.leg];
  leg.speech.Configure({.start_ms = command.speech_start_ms, .stop_ms = command.speech_stop_ms});
  leg.shaper.Configure(
      {.noise_gate = command.noise_gate == 1, .automatic_gain = command.automatic_gain == 1});
  return Outcome::kDone;
}

void Switchboard::EndBatch() {
  for (const uint32_t index : whispers_unresolved_) {
    Leg& leg = legs_[index];
    if (leg.whisper_to == layout::kNone) continue;
    const Leg& target = legs_[leg.whisper_to];
    if (target.in_use && !target.is_closing && leg.whisper_to != index) {
      leg.whisper_to_generation = target.generation;
    } else {
      leg.whisper_to = layout::kNone;
    }
  }
  whispers_unresolved_.clear();
}

uint32_t Switchboard::FrameRateHz(const Leg& leg) const {
  return leg.room == layout::kNone ? MixRateHz(leg.format.rate_hz) : rooms_[leg.room].sound.rate_hz;
}

LegList& Switchboard::ListOf(uint32_t index) {
  const Leg& leg = legs_[index];
  if (leg.room == layout::kNone) return phases_[index % kPhasesPerFrame].roomless;
  return rooms_[leg.room].legs[leg.offset_ticks];
}

void Switchboard::MoveLeg(uint32_t index, uint32_t room) {
  Leg& leg = legs_[index];
  TakeOut(index);
  streams_.Fork(leg.encoder);
  leg.room = room;
  leg.offset_ticks = room == layout::kNone ? 0 : OffsetFor(room);
  leg.due = DueFrame::kNone;
  ListOf(index).Add(legs(), index);
  RestartLeg(leg);
}

RoomPath Switchboard::FreshPath(const Leg& leg, uint32_t rate_hz) {
  RoomPath path;
  path.to_room.Reset(leg.format.rate_hz, rate_hz);
  path.from_room.Reset(rate_hz, leg.format.rate_hz);
  return path;
}

// Who follows what all hear, or silence, goes on from there by itself, as long as nothing more has
// been coded of it.
void Switchboard::Hear(Leg& leg, layout::Hears hears, std::array<uint32_t, 2> players) {
  const LegPlayers before = leg.players;
  players_.Route(leg.players, players);
  if (hears != leg.hears || leg.players != before) streams_.Fork(leg.encoder);
  leg.hears = hears;
}

void Switchboard::RestartLeg(Leg& leg) {
  leg.is_taken_in = false;
  leg.path = FreshPath(leg, FrameRateHz(leg));
  leg.rank = {};
  if (leg.room == layout::kNone || !rooms_[leg.room].is_changing_rate()) return;
  leg.path_before = FreshPath(leg, rooms_[leg.room].sound_before.rate_hz);
}

void Switchboard::ForgetVoice(Leg& leg) {
  leg.is_taken_in = false;
  leg.path.to_room.Reset(leg.format.rate_hz, FrameRateHz(leg));
  if (leg.room == layout::kNone || !rooms_[leg.room].is_changing_rate()) return;
  leg.path_before.to_room.Reset(leg.format.rate_hz, rooms_[leg.room].sound_before.rate_hz);
}

}  // namespace parley
