#include "rtp/redundancy.h"

#include "base/byte_order.h"

namespace parley {
namespace {

constexpr uint8_t kMoreBlocksBit = 0x80;
constexpr uint8_t kPayloadTypeMask = 0x7f;
constexpr size_t kRedundantHeaderBytes = 4;
constexpr size_t kPrimaryHeaderBytes = 1;
constexpr uint32_t kOffsetShift = 10;
constexpr uint32_t kOffsetMask = 0x3fff;
constexpr uint32_t kLengthMask = 0x3ff;

// Bytes of all block headers, or nothing when the last is missing.
std::optional<size_t> HeaderBytes(std::span<const uint8_t> payload) {
  size_t at = 0;
  while (at < payload.size() && (payload[at] & kMoreBlocksBit) != 0) at += kRedundantHeaderBytes;
  if (at >= payload.size()) return std::nullopt;
  return at + kPrimaryHeaderBytes;
}

void Keep(const RedundancyBlock& block, RedundancyView& view) {
  if (view.redundant_count == kRedundantBlocksMax) {
    for (size_t i = 1; i < kRedundantBlocksMax; ++i) view.redundant[i - 1] = view.redundant[i];
    --view.redundant_count;
  }
  view.redundant[view.redundant_count++] = block;
}

}  // namespace

std::optional<RedundancyView> ParseRedundancy(uint32_t timestamp,
                                              std::span<const uint8_t> payload) PARLEY_NONBLOCKING {
  const std::optional<size_t> header_bytes = HeaderBytes(payload);
  if (!header_bytes) return std::nullopt;
  std::span<const uint8_t> data = payload.subspan(*header_bytes);
  RedundancyView view;
  size_t at = 0;
  for (; at + kPrimaryHeaderBytes < *header_bytes; at += kRedundantHeaderBytes) {
    const uint32_t header = ReadBe32(&payload[at]);
    const size_t bytes = header & kLengthMask;
    if (bytes > data.size()) return std::nullopt;
    if (bytes > 0) {
      Keep({.payload_type = static_cast<uint8_t>(payload[at] & kPayloadTypeMask),
            .timestamp = timestamp - (header >> kOffsetShift & kOffsetMask),
            .payload = data.first(bytes)},
           view);
    }
    data = data.subspan(bytes);
  }
  view.primary = {.payload_type = payload[at], .timestamp = timestamp, .payload = data};
  return view;
}

}  // namespace parley
