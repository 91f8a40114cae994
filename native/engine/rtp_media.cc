#include "engine/rtp_media.h"

#include <algorithm>

#include "base/units.h"
#include "engine/leg_coding.h"
#include "engine/payload_seam.h"
#include "engine/shared_word.h"

namespace parley {
namespace {

// A peer followed for so long is certain, and its socket is connected: each send is then a tenth
// cheaper, and the kernel drops what others send. Until then foreign packets reach us and are
// counted.
constexpr int64_t kConnectAfterNs = kNsPerSecond;

// The RTCP socket is looked at every so many frames. The kernel notes the arrival time, so waiting
// costs no accuracy.
constexpr uint32_t kRtcpTurns = 50;

// Taken from a socket in one turn at most: 16 packets of 10 ms wait only after a stall of 160 ms.
constexpr uint32_t kDatagramsPerTurnMax = 16;

// Of a steady stream every so many packets are asked when they came. Prime, so that a sender that
// is late every other time, or every fifth, is found out.
constexpr uint32_t kSteadyPacketsAsked = 7;

// In the leg's slot: the peer says nothing of its level.
constexpr uint32_t kNoClientLevel = 255;

uint32_t UsOf(int64_t ns) { return static_cast<uint32_t>(std::max<int64_t>(ns, 0) / kNsPerUs); }

Address WithPort(Address address, uint32_t port) {
  address.port = static_cast<uint16_t>(port);
  return address;
}

}  // namespace

RtpMediaConfig RtpMediaConfig::From(const layout::OpenLeg& command) {
  using layout::Codec;
  Address remote;
  std::copy(std::begin(command.remote_address), std::end(command.remote_address),
            remote.bytes.begin());
  remote.family = static_cast<uint8_t>(command.remote_family);
  const bool is_known = remote.is_set();
  return {
      .telephone_event_payload_type = command.telephone_event_payload_type,
      .redundancy_payload_type = command.redundancy_payload_type,
      .comfort_noise_payload_type = command.comfort_noise_payload_type,
      .client_level_id = command.client_level_id,
      .mixer_levels_id = command.mixer_levels_id,
      .is_parked = command.parked != 0,
      .direction = static_cast<layout::Direction>(command.direction),
      .rtp_descriptor = command.rtp_fd,
      .rtcp_descriptor = command.rtcp_fd,
      .formats = {{{.payload_type = command.payload_type,
                    .format = {.codec = static_cast<Codec>(command.codec),
                               .rate_hz = command.rate_hz,
                               .channels = command.channels}},
                   {.payload_type = command.pcmu_payload_type, .format = {Codec::kPcmu, 8000}},
                   {.payload_type = command.pcma_payload_type, .format = {Codec::kPcma, 8000}},
                   {.payload_type = command.g722_payload_type,
                    .format = {Codec::kG722, kG722RateHz}}}},
      .telephone_event_clock_hz = command.telephone_event_clock_hz,
      .ptime_ms = command.ptime_ms,
      .jitter_ms = command.jitter_ms,
      .remote_rtp = is_known ? WithPort(remote, command.remote_rtp_port) : Address{},
      .remote_rtcp = is_known ? WithPort(remote, command.remote_rtcp_port) : Address{},
      .relatch_after_ns = command.relatch_ms * kNsPerMs,
      .sender = {.ssrc = command.ssrc,
                 .first_sequence = static_cast<uint16_t>(command.first_sequence),
                 .first_timestamp = command.first_timestamp,
                 .payload_type = command.payload_type},
      .cname = RtcpSession::CnameFrom(command.cname_high, command.cname_low),
      .srtp = {},
  };
}

RtpMedia::RtpMedia(const RtpMediaConfig& config, PacketPool* pool, const CodecLoans& loans,
                   const TickTime& time)
    : receiver_(ClockRateHz(config.formats[0].format)),
      guard_(config.srtp),
      frame_units_(FrameSamples(ClockRateHz(config.formats[0].format))),
      turns_to_rtcp_(config.sender.ssrc % kRtcpTurns),
      sender_(config.sender),
      latch_(config.remote_rtp, config.relatch_after_ns),
      rtcp_(config.cname, config.sender.ssrc, time.now_ns),
      config_(config),
      comfort_noise_(ClockRateHz(config.formats[0].format), config.formats[0].format.rate_hz,
                     config.sender.ssrc),
      digits_in_(config.digits_in()),
      packetizer_(config.formats[0].format, config.ptime_ms),
      decoder_(config.formats, loans.opus),
      playout_(pool, config.playout(), SeamOf(decoder_), loans.wide),
      pool_(pool) {}

bool RtpMedia::IsHeard() const {
  return config_.direction == layout::Direction::kSendrecv ||
         config_.direction == layout::Direction::kRecvonly;
}

bool RtpMedia::IsSending() const {
  return latch_.peer().is_set() && !config_.is_parked &&
         (config_.direction == layout::Direction::kSendrecv ||
          config_.direction == layout::Direction::kSendonly);
}

void RtpMedia::Receive(DatagramPort& port, const TickTime& time, Stats& stats) PARLEY_NONBLOCKING {
  if (is_disconnect_due_) port.Disconnect(config_.rtp_descriptor);
  is_disconnect_due_ = false;
  ReceiveRtp(port, time, stats);
  playout_.PrefetchFront();
  TendConnection(port, time.now_ns);
  if (config_.rtcp_descriptor < 0) return;
  if (turns_to_rtcp_ > 0) {
    --turns_to_rtcp_;
    return;
  }
  turns_to_rtcp_ = kRtcpTurns - 1;
  const int descriptor = config_.rtcp_descriptor;
  for (uint32_t taken = 0; taken < kDatagramsPerTurnMax; ++taken) {
    const std::optional<Datagram> datagram = port.Receive(descriptor);
    if (!datagram) return;
    TakeRtcp(*datagram, port.ArrivalNs(descriptor, time.now_ns, time.wall_ns), time, stats);
  }
}

// A leg in step has one packet a turn: whether another waits is not asked. What else has come then
// is for later turns, and so is the newest sound: a key that belongs to it is known before it is
// heard.
void RtpMedia::ReceiveRtp(DatagramPort& port, const TickTime& time, Stats& stats) {
  const int descriptor = config_.rtp_descriptor;
  is_in_step_ = is_connected_;
  if (asks_for_one_ && is_connected_) {
    const std::optional<std::span<uint8_t>> bytes = port.ReceiveOfPeer(descriptor);
    is_steady_ = is_steady_ && bytes;
    if (bytes) Take({.bytes = *bytes, .source = latch_.peer()}, port, time, stats);
    if (is_in_step_) return;
  }
  asks_for_one_ = false;
  is_steady_ = false;
  // Their sources are asked for, too: others may have sent before the socket was connected.
  uint32_t taken = 0;
  for (; taken < kDatagramsPerTurnMax; ++taken) {
    const std::optional<Datagram> datagram = port.Receive(descriptor);
    if (!datagram) break;
    Take(*datagram, port, time, stats);
  }
  asks_for_one_ = is_in_step_ && taken <= 1;
}

void RtpMedia::Take(const Datagram& datagram, DatagramPort& port, const TickTime& time,
                    Stats& stats) {
  is_next_sound_ = false;
  switch (ClassifyDatagram(datagram.bytes)) {
    case DatagramKind::kRtp:
      TakeRtp(datagram, port, time, stats);
      break;
    case DatagramKind::kRtcp:
      TakeRtcp(datagram, port.ArrivalNs(config_.rtp_descriptor, time.now_ns, time.wall_ns), time,
               stats);
      break;
    case DatagramKind::kOther:
      ++stats->packets_invalid;
      break;
  }
  is_in_step_ = is_in_step_ && is_next_sound_ && playout_.IsAhead();
}

// The next frame of a stream that has come evenly for seconds, but for some, of which it is asked
// whether they still do.
bool RtpMedia::IsNextOfSteady(const RtpHeader& header, int64_t now_ns) const {
  return is_steady_ && header.sequence == next_sequence_ && header.timestamp == next_timestamp_ &&
         decoder_.Accepts(header.payload_type) &&
         (header.sequence + sender_.ssrc()) % kSteadyPacketsAsked != 0 &&
         !playout_.is_arrival_due(now_ns);
}

void RtpMedia::TakeRtp(const Datagram& datagram, DatagramPort& port, const TickTime& time,
                       Stats& stats) {
  const auto ask_arrival_ns = [&] {
    return port.ArrivalNs(config_.rtp_descriptor, time.now_ns, time.wall_ns);
  };
  // Whoever is steady is connected.
  int64_t arrival_ns = is_steady_ ? time.now_ns : ask_arrival_ns();
  // Before it is opened: a copy of the peer's packet sent from elsewhere must not make the peer's
  // own a replay.
  if (latch_.IsForeign(datagram.source, arrival_ns)) {
    ++stats->packets_foreign;
    return;
  }
  const std::span<const uint8_t> opened = guard_.OpenRtp(datagram.bytes, time.now_ns, stats);
  if (opened.empty()) {
    has_news_ = true;
    return;
  }
  const std::optional<RtpPacketView> packet = ParseRtpPacket(opened);
  if (!packet) {
    ++stats->packets_invalid;
    return;
  }
  const bool is_asked = !IsNextOfSteady(packet->header, time.now_ns);
  if (is_steady_ && is_asked) arrival_ns = ask_arrival_ns();
  const uint8_t payload_type = packet->header.payload_type;
  const bool is_sound = decoder_.Accepts(payload_type);
  const bool is_digit = payload_type == config_.telephone_event_payload_type;
  const bool is_known = is_sound || is_digit ||
                        payload_type == config_.comfort_noise_payload_type ||
                        payload_type == config_.redundancy_payload_type;
  if (!is_known) {
    ++stats->packets_payload_unknown;
    // It proves nothing about who is sending, but from the peer it takes its place in the sequence.
    if (!latch_.is_latched()) return;
  }
  const uint32_t relatches = latch_.relatches();
  if (!latch_.is_latched()) has_news_ = true;
  if (!latch_.Admit(datagram.source, packet->header, arrival_ns)) {
    ++stats->packets_foreign;
    return;
  }
  if (latch_.relatches() != relatches) {
    ++stats->relatches;
    has_news_ = true;
    first_packet_ns_.reset();
  }
  if (IsLooped(packet->header.ssrc, datagram.source, arrival_ns, stats)) return;
  const RtpTiming timing = is_digit   ? RtpTiming::kRepeated
                           : is_asked ? RtpTiming::kPaced
                                      : RtpTiming::kUnknown;
  switch (receiver_.OnPacket(packet->header, arrival_ns, timing)) {
    case RtpVerdict::kDiscardProbation:
      ++stats->packets_foreign;
      return;
    case RtpVerdict::kDiscardJump:
      ++stats->packets_invalid;
      return;
    case RtpVerdict::kAcceptFresh:
      playout_.Reset();
      digits_in_.Reset(stats);
      comfort_noise_.Reset();
      redundancy_ = {};
      break;
    case RtpVerdict::kAccept:
      break;
  }
  if (!first_packet_ns_) first_packet_ns_ = arrival_ns;
  watch_.OnPacket(arrival_ns);
  const bool is_next = packet->header.sequence == next_sequence_;
  next_sequence_ = static_cast<uint16_t>(packet->header.sequence + 1);
  next_timestamp_ = packet->header.timestamp + frame_units_;
  ++packets_received_;
  ++stats->packets_received;
  if (!IsHeard()) return;
  if (config_.client_level_id != 0) {
    client_level_ = ReadClientLevel(*packet, config_.client_level_id);
    has_news_ = true;
  }
  if (config_.redundancy_payload_type <= kPayloadTypeMax) {
    redundancy_.Note(packet->header.sequence);
  }
  if (!is_asked) {
    TakeSound(*packet, std::nullopt, stats);
  } else if (payload_type == config_.redundancy_payload_type) {
    TakeRedundant(*packet, arrival_ns, stats);
  } else {
    TakePayload(*packet, arrival_ns, stats);
  }
  is_next_sound_ = is_next_sound_ && is_next && time.now_ns - arrival_ns <= kFrameNs;
  if (is_asked) is_steady_ = asks_for_one_ && is_next_sound_ && playout_.is_steady();
}

void RtpMedia::TakeRtcp(const Datagram& datagram, int64_t arrival_ns, const TickTime& time,
                        Stats& stats) {
  has_news_ = true;
  if (!IsPeerHost(datagram.source)) {
    ++stats->packets_foreign;
    return;
  }
  const std::span<const uint8_t> opened = guard_.OpenRtcp(datagram.bytes, time.now_ns, stats);
  if (opened.empty()) return;
  const std::optional<RtcpSummary> summary =
      rtcp_.OnDatagram(opened, sender_.ssrc(), arrival_ns, time.WallAt(arrival_ns));
  if (!summary) {
    ++stats->packets_invalid;
    return;
  }
  if (IsLooped(summary->sender_ssrc, datagram.source, arrival_ns, stats)) return;
  ++stats->rtcp_received;
  if (summary->bye && summary->sender_ssrc == receiver_.ssrc()) {
    watch_.OnGoodbye(arrival_ns);
  }
  if (config_.rtcp_descriptor >= 0) rtcp_source_ = datagram.source;
}

bool RtpMedia::IsPeerHost(const Address& source) const {
  const Address& peer = latch_.peer();
  return source.family == peer.family && source.bytes == peer.bytes;
}

// A peer that has been silent for long may come back from elsewhere, and must then reach us.
void RtpMedia::TendConnection(DatagramPort& port, int64_t now_ns) {
  if (latch_.is_loose(now_ns)) {
    if (is_connected_) port.Disconnect(config_.rtp_descriptor);
    is_connected_ = false;
    may_connect_ = true;
    first_packet_ns_.reset();
    return;
  }
  if (!may_connect_ || !latch_.is_latched() || !first_packet_ns_) return;
  if (now_ns - *first_packet_ns_ < kConnectAfterNs) return;
  may_connect_ = false;
  is_connected_ = port.Connect(config_.rtp_descriptor, latch_.peer());
}

// Whether the packet is one of ours come back. One that only has our SSRC, by chance, is not: we
// are the ones to change (RFC 3550 8.2).
bool RtpMedia::IsLooped(uint32_t ssrc, const Address& source, int64_t arrival_ns, Stats& stats) {
  if (is_ssrc_taken_) return false;
  switch (conflicts_.Look(ssrc, sender_.ssrc(), source, arrival_ns)) {
    case SsrcFinding::kOther:
      return false;
    case SsrcFinding::kCollision:
      is_ssrc_taken_ = true;
      return false;
    case SsrcFinding::kLoop:
      ++stats->packets_looped;
      return true;
  }
  return false;
}

FrameKind RtpMedia::PullFrame(int64_t deadline_ns, std::span<int16_t> frame, bool is_heard,
                              uint32_t noise_dbov, Stats& stats) PARLEY_NONBLOCKING {
  decoder_.Hear(is_heard);
  playout_.SetNoise(noise_dbov);
  const FrameKind kind = playout_.PullFrame(deadline_ns, frame);
  if (kind == FrameKind::kPlayed) ++stats->frames_played;
  if (playout_.TakeNews()) {
    report_.Count(playout_, stats);
    has_news_ = true;
  }
  digits_in_.Silence(frame, playout_.frame_timestamp(), kind, deadline_ns);
  if (comfort_noise_.Fill(frame, kind)) ++stats->frames_comfort_noise;
  return kind;
}

void RtpMedia::Publish(layout::LegSlot& slot) PARLEY_NONBLOCKING {
  StoreRelaxed(slot.packets_received, packets_received_);
  StoreRelaxed(slot.packets_sent, packets_sent_);
  StoreRelaxed(slot.packets_lost, uint64_t{receiver_.packets_lost()});
  StoreRelaxed(slot.jitter_us, receiver_.jitter_us());
  StoreRelaxed(slot.playout_delay_us, UsOf(playout_.delay_ns()));
  StoreRelaxed(slot.playout_target_us, UsOf(playout_.target_ns()));
  StoreRelaxed(slot.clock_drift_ppm, playout_.drift_ppm());
  if (has_news_) PublishNews(slot);
  has_news_ = false;
}

void RtpMedia::PublishNews(layout::LegSlot& slot) const {
  report_.Publish(slot);
  StoreRelaxed(slot.srtp_auth_failed, guard_.auth_failed());
  StoreRelaxed(slot.srtp_replayed, guard_.replayed());
  StoreRelaxed(slot.round_trip_us, rtcp_.round_trip_us());
  const ReportBlock& report = rtcp_.remote_report();
  StoreRelaxed(slot.remote_fraction_lost, uint32_t{report.fraction_lost});
  StoreRelaxed(slot.remote_packets_lost, static_cast<uint32_t>(std::max(report.packets_lost, 0)));
  StoreRelaxed(slot.remote_jitter, report.jitter);
  const Address& peer = latch_.peer();
  StoreRelaxed(slot.packets_recovered, packets_recovered_);
  StoreRelaxed(slot.client_level_dbov,
               client_level_ ? uint32_t{client_level_->level_dbov} : kNoClientLevel);
  StoreRelaxed(slot.digits_done, digits_given_ - static_cast<uint32_t>(digits_out_.queued()));
  StoreRelaxed(slot.remote_port, uint32_t{peer.port});
  StoreRelaxed(slot.remote_family, uint32_t{peer.family});
  for (size_t byte = 0; byte < peer.bytes.size(); ++byte) {
    StoreRelaxed(slot.remote_address[byte], peer.bytes[byte]);
  }
}

}  // namespace parley
