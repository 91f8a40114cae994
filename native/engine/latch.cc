#include "engine/latch.h"

#include <algorithm>

#include "base/serial_number.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kPacketsInSequenceWanted = 2;

// No sender counts faster than a packet each 10 ms; a few may have been on their way.
constexpr int64_t kPacketNsMin = 10 * kNsPerMs;
constexpr int64_t kAheadSlack = 50;
constexpr int64_t kAheadMax = INT16_MAX;

}  // namespace

void Latch::Rename(const Address& named) PARLEY_NONBLOCKING {
  if (named == peer_) return;
  former_ = peer_;
  peer_ = named;
  is_latched_ = false;
  candidate_ = {};
  candidate_packets_ = 0;
}

bool Latch::Admit(const Address& source, const RtpHeader& header,
                  int64_t arrival_ns) PARLEY_NONBLOCKING {
  if (is_latched_ && source != peer_) {
    if (!is_loose(arrival_ns) || !GoesOn(header, arrival_ns)) return false;
    if (CountCandidate(source, header) < kPacketsInSequenceWanted) return false;
    ++relatches_;
  } else if (!is_latched_ && peer_.is_set() && source != peer_) {
    const uint32_t wanted = source == former_ ? kFormerPeerPackets : kPacketsInSequenceWanted;
    if (CountCandidate(source, header) < wanted) return false;
  }
  Take(source, header, arrival_ns);
  return true;
}

void Latch::Take(const Address& source, const RtpHeader& header, int64_t arrival_ns) {
  peer_ = source;
  is_latched_ = true;
  last_packet_ns_ = std::max(last_packet_ns_, arrival_ns);
  ssrc_ = header.ssrc;
  sequence_ = header.sequence;
}

// Packets of `source` in sequence, with this one.
uint32_t Latch::CountCandidate(const Address& source, const RtpHeader& header) {
  const bool follows = source == candidate_ && header.ssrc == candidate_ssrc_ &&
                       header.sequence == candidate_next_sequence_;
  candidate_packets_ = follows ? candidate_packets_ + 1 : 1;
  candidate_ = source;
  candidate_ssrc_ = header.ssrc;
  candidate_next_sequence_ = static_cast<uint16_t>(header.sequence + 1);
  return candidate_packets_;
}

bool Latch::GoesOn(const RtpHeader& header, int64_t arrival_ns) const {
  if (header.ssrc != ssrc_) return false;
  const int64_t ahead_max =
      std::min((arrival_ns - last_packet_ns_) / kPacketNsMin + kAheadSlack, kAheadMax);
  const int32_t ahead = SerialDistance16(sequence_, header.sequence);
  return ahead > 0 && ahead <= ahead_max;
}

}  // namespace parley
