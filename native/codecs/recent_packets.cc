#include "codecs/recent_packets.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace parley {

void RecentPackets::Add(std::span<const uint8_t> payload, uint32_t samples,
                        uint32_t samples_wanted) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(samples <= std::numeric_limits<uint16_t>::max());
  if (payload.size() > kBytesMax) {
    Clear();
    return;
  }
  size_t gone = 0;
  size_t gone_bytes = 0;
  const auto is_to_go = [&](const Packet& oldest) {
    return count_ - gone == kPacketsMax || bytes_ - gone_bytes + payload.size() > kBytesMax ||
           samples_ - oldest.samples + samples >= samples_wanted;
  };
  while (gone < count_ && is_to_go(packets_[gone])) {
    gone_bytes += packets_[gone].bytes;
    samples_ -= packets_[gone].samples;
    ++gone;
  }
  std::copy(packets_.begin() + gone, packets_.begin() + count_, packets_.begin());
  std::copy(payloads_.begin() + gone_bytes, payloads_.begin() + bytes_, payloads_.begin());
  count_ -= gone;
  bytes_ -= gone_bytes;
  std::ranges::copy(payload, payloads_.begin() + bytes_);
  packets_[count_++] = {.bytes = static_cast<uint16_t>(payload.size()),
                        .samples = static_cast<uint16_t>(samples)};
  bytes_ += payload.size();
  samples_ += samples;
}

}  // namespace parley
