#include "rtp/rtp_receiver.h"

#include <algorithm>

#include "base/assert.h"
#include "base/serial_number.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kPacketsInSequenceWanted = 2;  // RFC 3550 A.1, MIN_SEQUENTIAL
constexpr int32_t kDropoutMax = 3000;             // RFC 3550 A.1, MAX_DROPOUT
constexpr int32_t kMisorderMax = 50;              // half of RFC 3550's: a restart is seen sooner
constexpr uint32_t kSequenceCycle = 1U << 16;
constexpr uint32_t kNoBadSequence = kSequenceCycle + 1;

bool IsPlausible(int32_t distance) { return distance < kDropoutMax && distance >= -kMisorderMax; }

}  // namespace

RtpReceiver::RtpReceiver(uint32_t clock_rate_hz) : clock_rate_hz_(clock_rate_hz) {
  PARLEY_ASSERT(clock_rate_hz > 0);
}

RtpVerdict RtpReceiver::OnPacket(const RtpHeader& header, int64_t arrival_ns,
                                 RtpTiming timing) PARLEY_NONBLOCKING {
  const RtpVerdict verdict = Sort(header);
  if (verdict == RtpVerdict::kAcceptFresh) current_.has_transit = false;
  const bool is_accepted = verdict == RtpVerdict::kAccept || verdict == RtpVerdict::kAcceptFresh;
  if (is_accepted && timing == RtpTiming::kPaced) UpdateJitter(header.timestamp, arrival_ns);
  return verdict;
}

RtpVerdict RtpReceiver::Sort(const RtpHeader& header) {
  if (!seen_) {
    seen_ = true;
    Begin(current_, header);
    return RtpVerdict::kAcceptFresh;
  }
  if (header.ssrc != current_.ssrc) return OnOther(header);
  has_candidate_ = false;
  return Follow(header);
}

void RtpReceiver::Begin(Source& source, const RtpHeader& header) const {
  source = {};
  source.ssrc = header.ssrc;
  Restart(source, header.sequence);
  source.probation = kPacketsInSequenceWanted - 1;
}

// RFC 3550 A.1, init_seq, with the packet at hand counted.
void RtpReceiver::Restart(Source& source, uint16_t sequence) const {
  source.base_sequence = sequence;
  source.highest_sequence = sequence;
  source.bad_sequence = kNoBadSequence;
  source.cycles = 0;
  source.received = 1;
  source.received_prior = 0;
  source.expected_prior = 0;
}

// RFC 3550 A.1, update_seq, except that packets in probation are let through (rule 1).
RtpVerdict RtpReceiver::Follow(const RtpHeader& header) {
  Source& source = current_;
  const int32_t distance = SerialDistance16(source.highest_sequence, header.sequence);
  if (!established_) {
    if (distance != 1) {
      if (distance <= 0 && IsPlausible(distance)) {
        ++source.received;
        return RtpVerdict::kAccept;
      }
      Restart(source, header.sequence);
      return IsPlausible(distance) ? RtpVerdict::kAccept : RtpVerdict::kAcceptFresh;
    }
    established_ = --source.probation == 0;
  }
  if (!IsPlausible(distance)) {
    if (header.sequence != source.bad_sequence) {
      source.bad_sequence = static_cast<uint16_t>(header.sequence + 1);
      return RtpVerdict::kDiscardJump;
    }
    Restart(source, header.sequence);
    return RtpVerdict::kAcceptFresh;
  }
  if (distance > 0) {
    if (header.sequence < source.highest_sequence) source.cycles += kSequenceCycle;
    source.highest_sequence = header.sequence;
  }
  ++source.received;
  return RtpVerdict::kAccept;
}

RtpVerdict RtpReceiver::OnOther(const RtpHeader& header) {
  if (!established_) {
    Begin(current_, header);
    return RtpVerdict::kAcceptFresh;
  }
  const bool in_sequence = has_candidate_ && candidate_.ssrc == header.ssrc &&
                           SerialDistance16(candidate_.highest_sequence, header.sequence) == 1;
  if (!in_sequence) {
    Begin(candidate_, header);
    has_candidate_ = true;
    return RtpVerdict::kDiscardProbation;
  }
  current_ = candidate_;
  current_.probation = 0;
  current_.highest_sequence = header.sequence;
  if (header.sequence == 0) current_.cycles = kSequenceCycle;
  ++current_.received;
  has_candidate_ = false;
  return RtpVerdict::kAcceptFresh;
}

// RFC 3550 A.8, in integers. A step above one second is a new media clock, not jitter.
void RtpReceiver::UpdateJitter(uint32_t timestamp, int64_t arrival_ns) {
  const auto arrival = static_cast<uint32_t>(NsToSamples(arrival_ns, clock_rate_hz_));
  const uint32_t transit = arrival - timestamp;
  const int32_t signed_step = SerialDistance32(current_.transit, transit);
  const uint32_t step = signed_step < 0 ? 0U - static_cast<uint32_t>(signed_step)
                                        : static_cast<uint32_t>(signed_step);
  if (current_.has_transit && step <= clock_rate_hz_) {
    current_.jitter_q4 += step - ((current_.jitter_q4 + 8) >> 4);
  }
  current_.transit = transit;
  current_.has_transit = true;
}

uint32_t RtpReceiver::jitter_us() const {
  return static_cast<uint32_t>(uint64_t{jitter()} * 1'000'000 / clock_rate_hz_);
}

uint32_t RtpReceiver::Expected() const {
  return current_.cycles + current_.highest_sequence - current_.base_sequence + 1;
}

uint32_t RtpReceiver::packets_lost() const {
  if (!seen_) return 0;
  return static_cast<uint32_t>(
      std::max<int64_t>(0, int64_t{Expected()} - int64_t{current_.received}));
}

// RFC 3550 A.3.
ReportBlock RtpReceiver::TakeReport() PARLEY_NONBLOCKING {
  PARLEY_ASSERT(established_);
  constexpr int64_t kLostMin = -0x80'0000;
  constexpr int64_t kLostMax = 0x7f'ffff;
  const uint32_t expected = Expected();
  const int64_t lost = int64_t{expected} - int64_t{current_.received};
  const uint32_t expected_interval = expected - current_.expected_prior;
  const uint32_t received_interval = current_.received - current_.received_prior;
  const int64_t lost_interval = int64_t{expected_interval} - int64_t{received_interval};
  current_.expected_prior = expected;
  current_.received_prior = current_.received;

  ReportBlock report;
  report.ssrc = current_.ssrc;
  if (lost_interval > 0) {
    // More is expected only when a packet came, so not all are lost: below 256.
    report.fraction_lost = static_cast<uint8_t>(lost_interval * 256 / int64_t{expected_interval});
  }
  report.packets_lost = static_cast<int32_t>(std::clamp(lost, kLostMin, kLostMax));
  report.extended_highest_sequence = current_.cycles + current_.highest_sequence;
  report.jitter = jitter();
  return report;
}

}  // namespace parley
