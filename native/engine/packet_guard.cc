#include "engine/packet_guard.h"

#include <algorithm>

namespace parley {

PacketGuard::PacketGuard(const SrtpKeying& keying) {
  if (keying.session != nullptr) Rekey(keying, 0);
}

void PacketGuard::Rekey(const SrtpKeying& next, int64_t now_ns) PARLEY_NONBLOCKING {
  if (channel_) {
    channel_->Rekey(next.session, now_ns);
  } else {
    channel_.emplace(next.session);
  }
  session_id_ = next.id;
}

std::span<uint8_t> PacketGuard::OpenRtp(std::span<uint8_t> datagram, int64_t now_ns,
                                        Stats& stats) PARLEY_NONBLOCKING {
  return OpenBy(&SrtpChannel::UnprotectRtp, datagram, now_ns, stats);
}

std::span<uint8_t> PacketGuard::OpenRtcp(std::span<uint8_t> datagram, int64_t now_ns,
                                         Stats& stats) PARLEY_NONBLOCKING {
  return OpenBy(&SrtpChannel::UnprotectRtcp, datagram, now_ns, stats);
}

std::span<const uint8_t> PacketGuard::SealRtp(std::span<const uint8_t> packet, SealRoom& room,
                                              int64_t now_ns, Stats& stats) PARLEY_NONBLOCKING {
  return SealBy(&SrtpChannel::ProtectRtp, packet, room, now_ns, stats);
}

std::span<const uint8_t> PacketGuard::SealRtcp(std::span<const uint8_t> packet, SealRoom& room,
                                               int64_t now_ns, Stats& stats) PARLEY_NONBLOCKING {
  return SealBy(&SrtpChannel::ProtectRtcp, packet, room, now_ns, stats);
}

std::span<uint8_t> PacketGuard::OpenBy(Open open, std::span<uint8_t> datagram, int64_t now_ns,
                                       Stats& stats) {
  if (!channel_) return datagram;
  const SrtpOutcome outcome = ((*channel_).*open)(datagram, now_ns);
  if (!outcome.ok()) CountRefused(outcome.result, stats);
  return datagram.first(outcome.bytes);
}

std::span<const uint8_t> PacketGuard::SealBy(Seal seal, std::span<const uint8_t> packet,
                                             SealRoom& room, int64_t now_ns, Stats& stats) {
  if (!channel_) return packet;
  SrtpOutcome outcome = {.result = SrtpResult::kNoRoom};
  if (packet.size() <= room.size()) {
    std::ranges::copy(packet, room.begin());
    outcome = ((*channel_).*seal)(room, packet.size(), now_ns);
  }
  if (!outcome.ok()) ++stats->srtp_protect_failed;
  return std::span<const uint8_t>(room).first(outcome.bytes);
}

void PacketGuard::CountRefused(SrtpResult result, Stats& stats) {
  switch (result) {
    case SrtpResult::kReplayed:
    case SrtpResult::kTooOld:
      ++stats->srtp_replayed;
      ++replayed_;
      return;
    case SrtpResult::kStreamsFull:
      ++stats->srtp_streams_full;
      return;
    default:
      // Too short, RTCP in clear, and whatever else nobody with the key would send.
      ++stats->srtp_auth_failed;
      ++auth_failed_;
      return;
  }
}

}  // namespace parley
