#include "testing/commands.h"

#include <algorithm>

namespace parley::testing {
namespace {

layout::RecordHeader HeaderOf(layout::CommandKind kind, LegRef leg) {
  return {.kind = static_cast<uint16_t>(kind),
          .batch_remaining = 0,
          .sequence = 0,
          .leg = leg.slot,
          .generation = leg.generation};
}

constexpr LegRef kNoLeg = {.slot = layout::kNone, .generation = 0};

layout::OpenLeg Leg(LegRef leg, layout::Codec codec, uint32_t rate_hz) {
  layout::OpenLeg command{};
  command.header = HeaderOf(layout::CommandKind::kOpenLeg, leg);
  command.codec = static_cast<uint8_t>(codec);
  command.rate_hz = rate_hz;
  command.telephone_event_payload_type = 255;
  command.channels = 1;
  command.pcmu_payload_type = 255;
  command.pcma_payload_type = 255;
  command.g722_payload_type = 255;
  command.opus_bitrate_bps = 32'000;
  command.opus_playback_rate_hz = 48'000;
  command.opus_complexity = 5;
  command.ptime_ms = 20;
  command.rtp_fd = -1;
  command.rtcp_fd = -1;
  command.lane = layout::kNone;
  return command;
}

}  // namespace

Record OpenRoom(uint32_t room, uint32_t rate_hz, uint32_t phase) {
  layout::OpenRoom command{};
  command.header = HeaderOf(layout::CommandKind::kOpenRoom, kNoLeg);
  command.room = room;
  command.rate_hz = rate_hz;
  command.phase = phase;
  return Record::From(command);
}

Record SetRoomRate(uint32_t room, uint32_t rate_hz) {
  layout::SetRoomRate command{};
  command.header = HeaderOf(layout::CommandKind::kSetRoomRate, kNoLeg);
  command.room = room;
  command.rate_hz = rate_hz;
  return Record::From(command);
}

Record CloseRoom(uint32_t room) {
  layout::CloseRoom command{};
  command.header = HeaderOf(layout::CommandKind::kCloseRoom, kNoLeg);
  command.room = room;
  return Record::From(command);
}

Record SpanRoom(uint32_t room, uint32_t span, uint32_t member) {
  layout::SpanRoom command{};
  command.header = HeaderOf(layout::CommandKind::kSpanRoom, kNoLeg);
  command.room = room;
  command.span = span;
  command.member = member;
  return Record::From(command);
}

Record CloseLeg(LegRef leg) {
  layout::CloseLeg command{};
  command.header = HeaderOf(layout::CommandKind::kCloseLeg, leg);
  return Record::From(command);
}

Record UpdateLeg(layout::OpenLeg command) {
  command.header.kind = static_cast<uint16_t>(layout::CommandKind::kUpdateLeg);
  return Record::From(command);
}

Record RouteLeg(LegRef leg, const Route& route) {
  layout::RouteLeg command{};
  command.header = HeaderOf(layout::CommandKind::kRouteLeg, leg);
  command.room = route.room;
  command.sends = static_cast<uint32_t>(route.sends);
  command.whisper_to = route.whisper_to;
  command.hears = static_cast<uint32_t>(route.hears);
  command.player = route.player;
  command.player_beside = route.player_beside;
  command.whisper_member = route.whisper_member;
  command.whisper_generation = route.whisper_generation;
  return Record::From(command);
}

Record OpenPlayer(PlayerSlot player, uint32_t clip, uint32_t loops) {
  layout::OpenPlayer command{};
  command.header = HeaderOf(layout::CommandKind::kOpenPlayer, kNoLeg);
  command.player = player.slot;
  command.player_generation = player.generation;
  command.clip = clip;
  command.loops = loops;
  return Record::From(command);
}

Record ClosePlayer(PlayerSlot player) {
  layout::ClosePlayer command{};
  command.header = HeaderOf(layout::CommandKind::kClosePlayer, kNoLeg);
  command.player = player.slot;
  command.player_generation = player.generation;
  return Record::From(command);
}

Record PlayToRoom(uint32_t room, PlayerSlot player, uint32_t except) {
  layout::PlayToRoom command{};
  command.header = HeaderOf(layout::CommandKind::kPlayToRoom, kNoLeg);
  command.room = room;
  command.player = player.slot;
  command.player_generation = player.generation;
  command.except = except;
  return Record::From(command);
}

Record PlayToSpan(uint32_t room, PlayerSlot player, const LegOfMember& except) {
  layout::PlayToRoom command = PlayToRoom(room, player, except.leg.slot).As<layout::PlayToRoom>();
  command.except_generation = except.leg.generation;
  command.except_member = 1 + except.member;
  return Record::From(command);
}

Record OpenRecorder(RecorderSlot recorder, uint32_t ring, const Tap& tap) {
  layout::OpenRecorder command{};
  const bool is_mix = tap.source == layout::RecorderSource::kMix;
  command.header = HeaderOf(layout::CommandKind::kOpenRecorder, is_mix ? kNoLeg : tap.leg);
  command.recorder = recorder.slot;
  command.recorder_generation = recorder.generation;
  command.ring = ring;
  command.room = tap.room;
  command.source = static_cast<uint32_t>(tap.source);
  command.mode = static_cast<uint32_t>(tap.mode);
  return Record::From(command);
}

Record SetRecorder(RecorderSlot recorder, layout::RecorderMode mode) {
  layout::SetRecorder command{};
  command.header = HeaderOf(layout::CommandKind::kSetRecorder, kNoLeg);
  command.recorder = recorder.slot;
  command.recorder_generation = recorder.generation;
  command.mode = static_cast<uint32_t>(mode);
  return Record::From(command);
}

Record CloseRecorder(RecorderSlot recorder) {
  layout::CloseRecorder command{};
  command.header = HeaderOf(layout::CommandKind::kCloseRecorder, kNoLeg);
  command.recorder = recorder.slot;
  command.recorder_generation = recorder.generation;
  return Record::From(command);
}

Record LimitEffort(const Effort& effort) {
  layout::LimitEffort command{};
  command.header = HeaderOf(layout::CommandKind::kLimitEffort, kNoLeg);
  command.opus_complexity_max = effort.opus_complexity_max;
  command.ranked_above_max = effort.ranked_above_max;
  command.talkers_max = effort.talkers_max;
  return Record::From(command);
}

Record SendDigits(LegRef leg, std::string_view digits) {
  layout::SendDigits command{};
  command.header = HeaderOf(layout::CommandKind::kSendDigits, leg);
  command.count = static_cast<uint32_t>(digits.size());
  std::ranges::copy(digits, command.digits);
  return Record::From(command);
}

layout::OpenLeg RtpLeg(LegRef leg, layout::Codec codec, uint32_t rate_hz, uint8_t payload_type,
                       int descriptor, const Address& remote) {
  layout::OpenLeg command = Leg(leg, codec, rate_hz);
  command.transport = static_cast<uint8_t>(layout::Transport::kRtp);
  command.payload_type = payload_type;
  command.jitter_ms = 40;
  command.rtp_fd = descriptor;
  command.ssrc = 0x5000'0000 + leg.slot;
  command.first_sequence = 65'530;
  command.first_timestamp = 0xffff'ff00;
  command.cname_high = 0x0123'4567;
  command.cname_low = leg.slot;
  command.remote_family = remote.family;
  command.remote_rtp_port = remote.port;
  command.remote_rtcp_port = remote.is_set() ? remote.port + 1u : 0u;
  std::ranges::copy(remote.bytes, command.remote_address);
  command.relatch_ms = 2'000;
  command.redundancy_payload_type = 255;
  command.comfort_noise_payload_type = 13;
  return command;
}

layout::OpenLeg LaneLeg(LegRef leg, layout::Codec codec, uint32_t rate_hz, uint32_t lane) {
  layout::OpenLeg command = Leg(leg, codec, rate_hz);
  command.transport = static_cast<uint8_t>(layout::Transport::kLane);
  command.lane = lane;
  return command;
}

}  // namespace parley::testing
