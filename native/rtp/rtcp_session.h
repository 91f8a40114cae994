// The RTCP side of one leg: when to report, what to report, and what the peer's reports say.
// One thread. Real-time safe. Time and chance come as parameters.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_receiver.h"
#include "rtp/rtp_sender.h"

namespace parley {

// Mean time between two reports (RFC 3550 6.2): each interval is this times 0.5 to 1.5, at random.
inline constexpr int64_t kRtcpIntervalNs = 5'000'000'000;

class RtcpSession {
 public:
  using Cname = std::array<uint8_t, 16>;

  // `cname`: 16 characters; `seed`: of the report times, different for each leg. The first report
  // falls due half a drawn interval after `now_ns`.
  RtcpSession(const Cname& cname, uint64_t seed, int64_t now_ns);

  // The CNAME made of the two halves of an OpenLeg: 16 hex digits.
  static Cname CnameFrom(uint32_t high, uint32_t low);

  // Reads a datagram that claims to be RTCP, and gives what it says; nothing when it is not valid.
  // `own_ssrc`: of the stream this leg sends; `wall_ns`: now, by the clock of our sender reports.
  std::optional<RtcpSummary> OnDatagram(std::span<const uint8_t> datagram, uint32_t own_ssrc,
                                        int64_t arrival_ns, int64_t wall_ns) PARLEY_NONBLOCKING;

  // A number for our stream, at random, other than `taken`, which somebody else has; reports about
  // it begin anew.
  uint32_t DrawSsrc(uint32_t taken) PARLEY_NONBLOCKING;

  // True when a report should be written now.
  bool IsDue(int64_t now_ns) const { return now_ns >= next_report_ns_; }

  // Writes a report into `out` and sets when the next one is due; returns its bytes, 0 when it does
  // not fit. A sender report when packets were sent since the report before, else a receiver
  // report. `out` of kRtcpReportBytesMax always suffices.
  size_t WriteReport(int64_t now_ns, int64_t wall_ns, const RtpSender& sender,
                     RtpReceiver& receiver, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // Writes the last report of a leg, with a goodbye.
  size_t WriteBye(int64_t now_ns, int64_t wall_ns, const RtpSender& sender, RtpReceiver& receiver,
                  std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // Round-trip time by the peer's last report about our stream; 0 until known.
  uint32_t round_trip_us() const { return round_trip_us_; }
  // The peer's last report about our stream; all 0 until one came.
  const ReportBlock& remote_report() const { return remote_report_; }

  // What every turn looks at begins here, and goes on to the end.
  const void* often() const { return &next_report_ns_; }

 private:
  size_t Write(int64_t now_ns, int64_t wall_ns, const RtpSender& sender, RtpReceiver& receiver,
               bool bye, std::span<uint8_t> out);
  void UpdateRoundTrip(int64_t wall_ns);
  int64_t DrawInterval();

  Cname cname_;
  uint64_t random_;
  uint64_t packets_at_last_report_ = 0;
  uint32_t remote_ssrc_ = 0;
  uint32_t last_sender_report_ = 0;
  int64_t last_sender_report_ns_ = 0;
  ReportBlock remote_report_;
  uint32_t round_trip_us_ = 0;
  int64_t next_report_ns_ = 0;
};

}  // namespace parley
