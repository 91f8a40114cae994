#include "rtp/audio_level.h"

#include <algorithm>

#include "base/assert.h"
#include "base/byte_order.h"

namespace parley {
namespace {

constexpr uint16_t kOneByteProfile = 0xbede;
constexpr uint16_t kTwoByteProfile = 0x1000;
// The last four bits are the application's.
constexpr uint16_t kTwoByteProfileMask = 0xfff0;
constexpr uint8_t kPaddingId = 0;
// Ends a one-byte extension, whatever follows.
constexpr uint8_t kOneByteStopId = 15;

constexpr uint8_t kVoiceBit = 0x80;
constexpr uint8_t kLevelMask = 0x7f;

constexpr size_t kExtensionHeaderBytes = 4;
constexpr size_t kElementHeaderBytesMax = 2;
constexpr size_t kWordBytes = 4;

constexpr size_t WholeWords(size_t bytes) { return (bytes + kWordBytes - 1) / kWordBytes; }

static_assert(kMixerLevelsBytesMax ==
              kExtensionHeaderBytes +
                  WholeWords(kElementHeaderBytesMax + kRtpCsrcsMax) * kWordBytes);

struct Element {
  uint8_t id;
  size_t header_bytes;
  size_t data_bytes;
};

// The element at the start of `rest`, which is not empty and does not begin with padding; nothing
// when it ends the extension.
std::optional<Element> ElementAt(std::span<const uint8_t> rest, bool one_byte) {
  if (one_byte) {
    const auto id = static_cast<uint8_t>(rest[0] >> 4);
    // Padding with a length, and the reserved identifier, end it (RFC 8285 4.2).
    if (id == kPaddingId || id == kOneByteStopId) return std::nullopt;
    return Element{id, 1, size_t{1} + (rest[0] & 0x0f)};
  }
  if (rest.size() < 2) return std::nullopt;
  return Element{rest[0], 2, rest[1]};
}

}  // namespace

std::optional<std::span<const uint8_t>> FindHeaderExtension(uint16_t profile,
                                                            std::span<const uint8_t> extension,
                                                            uint8_t id) PARLEY_NONBLOCKING {
  const bool one_byte = profile == kOneByteProfile;
  if (!one_byte && (profile & kTwoByteProfileMask) != kTwoByteProfile) return std::nullopt;
  std::span<const uint8_t> rest = extension;
  while (!rest.empty()) {
    if (rest[0] == kPaddingId) {
      rest = rest.subspan(1);
      continue;
    }
    const std::optional<Element> element = ElementAt(rest, one_byte);
    if (!element) return std::nullopt;
    rest = rest.subspan(element->header_bytes);
    if (element->data_bytes > rest.size()) return std::nullopt;
    if (element->id == id) return rest.first(element->data_bytes);
    rest = rest.subspan(element->data_bytes);
  }
  return std::nullopt;
}

std::optional<ClientLevel> ReadClientLevel(const RtpPacketView& packet,
                                           uint8_t id) PARLEY_NONBLOCKING {
  const auto data = FindHeaderExtension(packet.extension_profile, packet.extension, id);
  if (!data || data->empty()) return std::nullopt;
  const uint8_t byte = data->front();
  return ClientLevel{.voice = (byte & kVoiceBit) != 0,
                     .level_dbov = static_cast<uint8_t>(byte & kLevelMask)};
}

size_t WriteMixerLevels(uint8_t id, std::span<const uint8_t> levels_dbov,
                        std::span<uint8_t, kMixerLevelsBytesMax> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(id != kPaddingId);
  PARLEY_ASSERT(levels_dbov.size() <= kRtpCsrcsMax);
  if (levels_dbov.empty()) return 0;
  const bool one_byte = id < kOneByteStopId;
  const size_t element_header_bytes = one_byte ? 1 : 2;
  const size_t words = WholeWords(element_header_bytes + levels_dbov.size());
  const size_t bytes = kExtensionHeaderBytes + words * kWordBytes;
  std::fill_n(out.begin(), bytes, uint8_t{0});
  WriteBe16(&out[0], one_byte ? kOneByteProfile : kTwoByteProfile);
  WriteBe16(&out[2], static_cast<uint16_t>(words));
  size_t at = kExtensionHeaderBytes;
  if (one_byte) {
    out[at++] = static_cast<uint8_t>(size_t{id} << 4 | (levels_dbov.size() - 1));
  } else {
    out[at++] = id;
    out[at++] = static_cast<uint8_t>(levels_dbov.size());
  }
  for (const uint8_t level : levels_dbov) {
    PARLEY_ASSERT(level <= kLevelMask);
    out[at++] = level;
  }
  return bytes;
}

}  // namespace parley
