#include "rtp/rtcp.h"

#include <cstring>

#include "base/assert.h"
#include "base/byte_order.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint8_t kVersionBits = 0x80;
constexpr uint8_t kVersionMask = 0xc0;
constexpr uint8_t kPaddingBit = 0x20;
constexpr uint8_t kCountMask = 0x1f;

constexpr uint8_t kSenderReport = 200;
constexpr uint8_t kReceiverReport = 201;
constexpr uint8_t kSourceDescription = 202;
constexpr uint8_t kGoodbye = 203;
// Extended reports (RFC 3611); between lie application packets and feedback (RFC 4585).
constexpr uint8_t kKnownTypeMax = 207;
constexpr uint8_t kCnameItem = 1;

constexpr size_t kHeaderBytes = 4;
constexpr size_t kSenderInfoBytes = 20;
constexpr size_t kReportBlockBytes = 24;
constexpr size_t kCnameBytesMax = 255;

// Seconds from 1900 to 1970.
constexpr uint64_t kNtpEpochSeconds = 2'208'988'800;

struct Packet {
  uint8_t type;
  uint8_t count;
  std::span<const uint8_t> body;  // behind the common header, without padding
};

// Takes the first packet off `rest`; nothing when it does not hold together (RFC 3550 A.2).
std::optional<Packet> TakePacket(std::span<const uint8_t>& rest) {
  if (rest.size() < kHeaderBytes) return std::nullopt;
  if ((rest[0] & kVersionMask) != kVersionBits) return std::nullopt;
  const size_t bytes = 4 * (size_t{ReadBe16(&rest[2])} + 1);
  if (rest.size() < bytes) return std::nullopt;
  Packet packet{.type = rest[1],
                .count = static_cast<uint8_t>(rest[0] & kCountMask),
                .body = rest.subspan(kHeaderBytes, bytes - kHeaderBytes)};
  if ((rest[0] & kPaddingBit) != 0) {
    // Only the last packet may be padded, in whole words; the last byte counts the padding.
    if (rest.size() != bytes || packet.body.empty()) return std::nullopt;
    const size_t padding = packet.body.back();
    if (padding == 0 || padding % 4 != 0 || padding > packet.body.size()) return std::nullopt;
    packet.body = packet.body.first(packet.body.size() - padding);
  }
  rest = rest.subspan(bytes);
  return packet;
}

// 24 bits with sign.
int32_t ReadLost(const uint8_t* from) {
  const uint32_t raw = ReadBe32(from) & 0xff'ffff;
  return raw >= 0x80'0000 ? static_cast<int32_t>(raw) - 0x100'0000 : static_cast<int32_t>(raw);
}

ReportBlock ReadReportBlock(std::span<const uint8_t> from) {
  ReportBlock block;
  block.ssrc = ReadBe32(&from[0]);
  block.fraction_lost = from[4];
  block.packets_lost = ReadLost(&from[4]);
  block.extended_highest_sequence = ReadBe32(&from[8]);
  block.jitter = ReadBe32(&from[12]);
  block.last_sender_report = ReadBe32(&from[16]);
  block.delay_since_last_sender_report = ReadBe32(&from[20]);
  return block;
}

void ReadReportBlocks(std::span<const uint8_t> blocks, uint8_t count, uint32_t own_ssrc,
                      RtcpSummary& summary) {
  for (size_t i = 0; i < count; ++i) {
    const ReportBlock block =
        ReadReportBlock(blocks.subspan(i * kReportBlockBytes, kReportBlockBytes));
    if (block.ssrc == own_ssrc) summary.report_about_us = block;
  }
}

// RFC 3550 6.4.1 and 6.4.2.
bool ReadReport(const Packet& packet, uint32_t own_ssrc, RtcpSummary& summary) {
  const bool is_sender_report = packet.type == kSenderReport;
  const size_t blocks_begin = 4 + (is_sender_report ? kSenderInfoBytes : 0);
  if (packet.body.size() < blocks_begin + packet.count * kReportBlockBytes) return false;
  const uint8_t* body = packet.body.data();
  if (is_sender_report && ReadBe32(body) == summary.sender_ssrc) {
    summary.sender_info = SenderInfo{.ntp = uint64_t{ReadBe32(body + 4)} << 32 | ReadBe32(body + 8),
                                     .rtp_timestamp = ReadBe32(body + 12),
                                     .packets = ReadBe32(body + 16),
                                     .octets = ReadBe32(body + 20)};
  }
  ReadReportBlocks(packet.body.subspan(blocks_begin), packet.count, own_ssrc, summary);
  return true;
}

// Takes one chunk off `rest`: an SSRC, items, and zeros up to the next word (RFC 3550 6.5).
bool ReadChunk(std::span<const uint8_t>& rest, RtcpSummary& summary) {
  if (rest.size() < 4) return false;
  const uint32_t ssrc = ReadBe32(rest.data());
  size_t at = 4;
  while (true) {
    if (at >= rest.size()) return false;
    const uint8_t item = rest[at];
    if (item == 0) break;
    if (rest.size() - at < 2) return false;
    const size_t bytes = rest[at + 1];
    if (rest.size() - at - 2 < bytes) return false;
    if (item == kCnameItem && ssrc == summary.sender_ssrc) {
      summary.cname = rest.subspan(at + 2, bytes);
    }
    at += 2 + bytes;
  }
  const size_t end = (at / 4 + 1) * 4;
  if (end > rest.size()) return false;
  rest = rest.subspan(end);
  return true;
}

bool ReadSourceDescription(const Packet& packet, RtcpSummary& summary) {
  std::span<const uint8_t> rest = packet.body;
  for (size_t i = 0; i < packet.count; ++i) {
    if (!ReadChunk(rest, summary)) return false;
  }
  return true;
}

// RFC 3550 6.6. The reason for leaving is not looked at.
bool ReadGoodbye(const Packet& packet, RtcpSummary& summary) {
  if (packet.body.size() < size_t{4} * packet.count) return false;
  for (size_t i = 0; i < packet.count; ++i) {
    if (ReadBe32(&packet.body[4 * i]) == summary.sender_ssrc) summary.bye = true;
  }
  return true;
}

// Appends to a buffer; once something does not fit, nothing more is written.
class Writer {
 public:
  explicit Writer(std::span<uint8_t> out) : out_(out) {}

  void Put8(uint8_t value) {
    if (uint8_t* place = Take(1)) *place = value;
  }
  void Put32(uint32_t value) {
    if (uint8_t* place = Take(4)) WriteBe32(place, value);
  }
  void PutBytes(std::span<const uint8_t> bytes) {
    if (bytes.empty()) return;
    if (uint8_t* place = Take(bytes.size())) std::memcpy(place, bytes.data(), bytes.size());
  }
  // The common header of a packet of `bytes`, a multiple of 4, header included.
  void PutHeader(uint8_t type, uint8_t count, size_t bytes) {
    if (uint8_t* place = Take(kHeaderBytes)) {
      place[0] = static_cast<uint8_t>(kVersionBits | count);
      place[1] = type;
      WriteBe16(place + 2, static_cast<uint16_t>(bytes / 4 - 1));
    }
  }
  // Bytes written, or 0 when not all fitted.
  size_t written() const { return fits_ ? at_ : 0; }

 private:
  uint8_t* Take(size_t bytes) {
    fits_ = fits_ && out_.size() - at_ >= bytes;
    if (!fits_) return nullptr;
    uint8_t* place = &out_[at_];
    at_ += bytes;
    return place;
  }

  std::span<uint8_t> out_;
  size_t at_ = 0;
  bool fits_ = true;
};

void PutReport(const RtcpReport& report, Writer& writer) {
  const size_t bytes = kHeaderBytes + 4 + (report.sender_info ? kSenderInfoBytes : 0) +
                       (report.report_block ? kReportBlockBytes : 0);
  writer.PutHeader(report.sender_info ? kSenderReport : kReceiverReport,
                   report.report_block ? 1 : 0, bytes);
  writer.Put32(report.ssrc);
  if (report.sender_info) {
    writer.Put32(static_cast<uint32_t>(report.sender_info->ntp >> 32));
    writer.Put32(static_cast<uint32_t>(report.sender_info->ntp));
    writer.Put32(report.sender_info->rtp_timestamp);
    writer.Put32(report.sender_info->packets);
    writer.Put32(report.sender_info->octets);
  }
  if (report.report_block) {
    const ReportBlock& block = *report.report_block;
    writer.Put32(block.ssrc);
    writer.Put32(uint32_t{block.fraction_lost} << 24 |
                 (static_cast<uint32_t>(block.packets_lost) & 0xff'ffff));
    writer.Put32(block.extended_highest_sequence);
    writer.Put32(block.jitter);
    writer.Put32(block.last_sender_report);
    writer.Put32(block.delay_since_last_sender_report);
  }
}

void PutSourceDescription(const RtcpReport& report, Writer& writer) {
  const size_t item_end = kHeaderBytes + 4 + 2 + report.cname.size();
  const size_t bytes = (item_end / 4 + 1) * 4;  // at least one zero ends the chunk
  writer.PutHeader(kSourceDescription, 1, bytes);
  writer.Put32(report.ssrc);
  writer.Put8(kCnameItem);
  writer.Put8(static_cast<uint8_t>(report.cname.size()));
  writer.PutBytes(report.cname);
  for (size_t at = item_end; at < bytes; ++at) writer.Put8(0);
}

}  // namespace

uint64_t NtpTime(int64_t wall_ns) {
  PARLEY_ASSERT(wall_ns >= 0);
  const uint64_t seconds = static_cast<uint64_t>(wall_ns / kNsPerSecond) + kNtpEpochSeconds;
  const uint64_t fraction = (static_cast<uint64_t>(wall_ns % kNsPerSecond) << 32) / kNsPerSecond;
  return seconds << 32 | fraction;
}

std::optional<RtcpSummary> ParseRtcp(std::span<const uint8_t> datagram,
                                     uint32_t own_ssrc) PARLEY_NONBLOCKING {
  RtcpSummary summary;
  std::span<const uint8_t> rest = datagram;
  bool is_first = true;
  while (!rest.empty()) {
    const std::optional<Packet> packet = TakePacket(rest);
    if (!packet) return std::nullopt;
    const bool is_report = packet->type == kSenderReport || packet->type == kReceiverReport;
    if (is_first) {
      // Every known type begins with the SSRC of who sent it, or of whom it is about.
      const bool is_known = packet->type >= kSenderReport && packet->type <= kKnownTypeMax;
      if (!is_known || packet->body.size() < 4) return std::nullopt;
      summary.sender_ssrc = ReadBe32(packet->body.data());
      is_first = false;
    }
    bool is_valid = true;
    if (is_report) {
      is_valid = ReadReport(*packet, own_ssrc, summary);
    } else if (packet->type == kSourceDescription) {
      is_valid = ReadSourceDescription(*packet, summary);
    } else if (packet->type == kGoodbye) {
      is_valid = ReadGoodbye(*packet, summary);
    }
    if (!is_valid) return std::nullopt;
  }
  if (is_first) return std::nullopt;
  return summary;
}

size_t WriteRtcp(const RtcpReport& report, std::span<uint8_t> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(report.cname.size() <= kCnameBytesMax);
  Writer writer(out);
  PutReport(report, writer);
  PutSourceDescription(report, writer);
  if (report.bye) {
    writer.PutHeader(kGoodbye, 1, kHeaderBytes + 4);
    writer.Put32(report.ssrc);
  }
  return writer.written();
}

}  // namespace parley
