// RTCP packets (RFC 3550 6): compound packets read in place, reports and goodbyes written.
// Reading is total over any bytes. Real-time safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "rtp/report_block.h"

namespace parley {

// Wall time as RTCP carries it: seconds since 1900 in the high half, fraction in the low.
// `wall_ns`: since 1970, not negative.
uint64_t NtpTime(int64_t wall_ns);

// The middle 32 bits of an NTP time: what "last sender report" fields hold.
constexpr uint32_t CompactNtp(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }

// The numbers of a sender report about its own stream.
struct SenderInfo {
  uint64_t ntp = 0;
  uint32_t rtp_timestamp = 0;
  uint32_t packets = 0;
  uint32_t octets = 0;
};

// What a leg wants to know from one compound packet.
struct RtcpSummary {
  uint32_t sender_ssrc = 0;
  std::optional<SenderInfo> sender_info;       // of the last sender report by sender_ssrc
  std::optional<ReportBlock> report_about_us;  // the last block about `own_ssrc`
  std::span<const uint8_t> cname;              // of sender_ssrc, empty when not given
  bool bye = false;                            // sender_ssrc left
};

// Reads a compound packet, or nothing when it fails the checks of RFC 3550 A.2 or any packet in it
// is shorter than its own counts say. Packet types not known are stepped over. One of reduced size
// (RFC 5506) is taken too: it begins with any known type instead of a report.
std::optional<RtcpSummary> ParseRtcp(std::span<const uint8_t> datagram,
                                     uint32_t own_ssrc) PARLEY_NONBLOCKING;

// What goes out.
struct RtcpReport {
  uint32_t ssrc = 0;                        // ours
  std::optional<SenderInfo> sender_info;    // sender report when there, else receiver report
  std::optional<ReportBlock> report_block;  // about the peer's stream
  std::span<const uint8_t> cname;           // at most 255 bytes
  bool bye = false;                         // ends with a goodbye
};

// Enough for any report with a CNAME of 16 bytes.
inline constexpr size_t kRtcpReportBytesMax = 28 + 24 + 28 + 8;

// Writes SR or RR, SDES with CNAME and, when wanted, BYE as one compound packet; returns its bytes,
// or 0 when it does not fit.
size_t WriteRtcp(const RtcpReport& report, std::span<uint8_t> out) PARLEY_NONBLOCKING;

}  // namespace parley
