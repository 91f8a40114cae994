#include "engine/redundancy_in.h"

#include "base/serial_number.h"

namespace parley {

void RedundancyIn::Note(uint16_t sequence) PARLEY_NONBLOCKING {
  const int32_t ahead = has_packets_ ? SerialDistance16(newest_, sequence) : kRememberedPackets;
  has_packets_ = true;
  if (ahead <= 0) {
    if (-ahead < kRememberedPackets) came_ |= uint64_t{1} << -ahead;
    return;
  }
  came_ = ahead < kRememberedPackets ? came_ << ahead : 0;
  came_ |= 1;
  newest_ = sequence;
}

std::optional<uint16_t> RedundancyIn::Missing(uint16_t carrier_sequence, uint32_t offset,
                                              uint32_t units) const PARLEY_NONBLOCKING {
  if (units == 0 || offset == 0 || offset % units != 0) return std::nullopt;
  const uint32_t packets_back = offset / units;
  if (packets_back > kPacketsBackMax) return std::nullopt;
  const auto sequence = static_cast<uint16_t>(carrier_sequence - packets_back);
  if (HasCome(sequence)) return std::nullopt;
  return sequence;
}

// What is older than is remembered is as good as here.
bool RedundancyIn::HasCome(uint16_t sequence) const {
  if (!has_packets_) return false;
  const int32_t back = SerialDistance16(sequence, newest_);
  if (back < 0) return false;
  return back >= kRememberedPackets || (came_ >> back & 1) != 0;
}

}  // namespace parley
