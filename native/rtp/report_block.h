// One report block of RTCP: what a receiver says about a stream it gets (RFC 3550 6.4.1).

#pragma once

#include <cstdint>

namespace parley {

struct ReportBlock {
  uint32_t ssrc = 0;                            // the stream reported on
  uint8_t fraction_lost = 0;                    // of the packets since the report before, in 1/256
  int32_t packets_lost = 0;                     // since the start, 24 bits signed
  uint32_t extended_highest_sequence = 0;       // cycles in the high half
  uint32_t jitter = 0;                          // in timestamp units
  uint32_t last_sender_report = 0;              // middle 32 bits of its NTP time; 0 when none came
  uint32_t delay_since_last_sender_report = 0;  // in 1/65536 s
};

}  // namespace parley
