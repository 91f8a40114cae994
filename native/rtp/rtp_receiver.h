// What a leg knows of the RTP stream it receives: which source is believed, and the statistics that
// go into reports (RFC 3550 6.4.1, A.1, A.3, A.8).
//
// 1. A source is believed once two packets of it came in sequence. Until one is, packets of the
//    newest candidate are let through, so that the beginning of a stream is not lost.
// 2. Another source takes over when two packets of it came in sequence with none of the believed
// one
//    between them; until then it is ignored.
// 3. The same source restarting its sequence is a new beginning, after two packets in sequence.
//
// One thread. Real-time safe. No memory beyond the object.

#pragma once

#include <cstdint>

#include "base/realtime.h"
#include "rtp/report_block.h"
#include "rtp/rtp_packet.h"

namespace parley {

// What the timestamp of a packet says.
enum class RtpTiming : uint8_t {
  kPaced,     // when its sound was taken: good for measuring jitter
  kRepeated,  // when something longer began, such as a telephone event
  kUnknown,   // as kPaced, but nobody asked when the packet came
};

enum class RtpVerdict : uint8_t {
  kAccept,            // goes on to the jitter buffer
  kAcceptFresh,       // begins a stream: reset the jitter buffer, then insert
  kDiscardProbation,  // of a source not yet believed while another is
  kDiscardJump,       // sequence number too far off; believed if the next one follows it
};

class RtpReceiver {
 public:
  // `clock_rate_hz`: of the RTP timestamps. REQUIRES: above 0.
  explicit RtpReceiver(uint32_t clock_rate_hz);

  // Takes account of one valid packet of the leg's peer that arrived at `arrival_ns` (monotonic).
  RtpVerdict OnPacket(const RtpHeader& header, int64_t arrival_ns,
                      RtpTiming timing = RtpTiming::kPaced) PARLEY_NONBLOCKING;

  // True once a source is believed.
  bool established() const { return established_; }
  // The source believed, or the candidate before there is one; 0 before the first packet.
  uint32_t ssrc() const { return current_.ssrc; }
  // Packets of the current source.
  uint32_t packets_received() const { return current_.received; }
  // Expected less received of the current source, never below 0 (A.3).
  uint32_t packets_lost() const;
  // Interarrival jitter in timestamp units and in microseconds (A.8).
  uint32_t jitter() const { return current_.jitter_q4 >> 4; }
  uint32_t jitter_us() const;

  // The statistics for one report; starts the interval that the next one's fraction lost covers.
  // The last-sender-report fields are left 0. REQUIRES: established().
  ReportBlock TakeReport() PARLEY_NONBLOCKING;

  // What every packet needs begins here, and goes on to the end.
  const void* often() const { return &clock_rate_hz_; }

 private:
  struct Source {
    uint32_t ssrc = 0;
    uint16_t highest_sequence = 0;
    uint32_t cycles = 0;  // sequence number wraps, shifted left 16
    uint32_t base_sequence = 0;
    uint32_t bad_sequence = 0;
    uint32_t probation = 0;  // packets in sequence still wanted
    uint32_t received = 0;
    uint32_t expected_prior = 0;
    uint32_t received_prior = 0;
    uint32_t transit = 0;
    bool has_transit = false;
    uint32_t jitter_q4 = 0;
  };

  void Begin(Source& source, const RtpHeader& header) const;
  void Restart(Source& source, uint16_t sequence) const;
  RtpVerdict Sort(const RtpHeader& header);
  RtpVerdict OnOther(const RtpHeader& header);
  RtpVerdict Follow(const RtpHeader& header);
  void UpdateJitter(uint32_t timestamp, int64_t arrival_ns);
  uint32_t Expected() const;

  Source candidate_;
  uint32_t clock_rate_hz_;
  bool seen_ = false;
  bool established_ = false;
  bool has_candidate_ = false;
  Source current_;
};

}  // namespace parley
