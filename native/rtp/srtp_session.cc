#include "rtp/srtp_session.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "base/byte_order.h"
#include "rtp/rtp_packet.h"
#include "rtp/srtp_keys.h"

namespace parley {
namespace {

constexpr uint8_t kVersionBits = 0x80;
constexpr uint8_t kVersionMask = 0xc0;

// What is never encrypted of a compound packet: the first header and the SSRC (RFC 3711 3.4).
constexpr size_t kRtcpHeaderBytes = 8;
constexpr size_t kRtcpWordBytes = 4;

// A stream first heard with such a sequence number may have begun just before the wrap, its first
// packets lost.
constexpr uint16_t kEarlySequences = 0x4000;

struct RtpIdentity {
  uint32_t ssrc;
  uint16_t sequence;
  size_t header_bytes;  // with CSRCs and extension
};

// A protected packet has its padding encrypted, so ParseRtpPacket cannot read it.
std::optional<RtpIdentity> IdentifyRtp(std::span<const uint8_t> packet) {
  if (packet.size() < kRtpHeaderBytes) return std::nullopt;
  if ((packet[0] & kVersionMask) != kVersionBits) return std::nullopt;
  size_t header_bytes = kRtpHeaderBytes + size_t{4} * (packet[0] & 0x0f);
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < header_bytes + 4) return std::nullopt;
    header_bytes += 4 + size_t{4} * ReadBe16(&packet[header_bytes + 2]);
  }
  if (packet.size() < header_bytes) return std::nullopt;
  return RtpIdentity{
      .ssrc = ReadBe32(&packet[8]), .sequence = ReadBe16(&packet[2]), .header_bytes = header_bytes};
}

bool IsRtcp(std::span<const uint8_t> packet) {
  return packet.size() >= kRtcpHeaderBytes && (packet[0] & kVersionMask) == kVersionBits;
}

SrtpOutcome Refused(SrtpResult result) { return {.result = result, .bytes = 0}; }

SrtpOutcome Done(size_t bytes) { return {.result = SrtpResult::kOk, .bytes = bytes}; }

SrtpResult ResultOf(ReplayVerdict verdict) {
  switch (verdict) {
    case ReplayVerdict::kFresh:
      return SrtpResult::kOk;
    case ReplayVerdict::kReplayed:
      return SrtpResult::kReplayed;
    case ReplayVerdict::kTooOld:
      return SrtpResult::kTooOld;
  }
  return SrtpResult::kTooOld;
}

SrtpTransform TransformOf(SrtpSuite suite, SrtpKind kind, std::span<const uint8_t> master) {
  return SrtpTransform(suite, kind, DeriveSessionKeys(suite, kind, master));
}

}  // namespace

bool SrtpSession::IsValid(const SrtpSessionConfig& config) {
  const size_t master_bytes = SizesOf(config.suite).master_bytes();
  if (config.inbound_master.size() != master_bytes) return false;
  if (config.outbound_master.size() != master_bytes) return false;
  // The same key for both would let the peer's packets and ours share a keystream.
  if (std::ranges::equal(config.inbound_master, config.outbound_master)) return false;
  return config.inbound_mki.bytes <= kSrtpMkiBytesMax;
}

SrtpSession::SrtpSession(const SrtpSessionConfig& config)
    : is_aead_(IsAead(config.suite)),
      inbound_mki_(config.inbound_mki),
      inbound_rtp_(TransformOf(config.suite, SrtpKind::kRtp, config.inbound_master)),
      inbound_rtcp_(TransformOf(config.suite, SrtpKind::kRtcp, config.inbound_master)),
      outbound_rtp_(TransformOf(config.suite, SrtpKind::kRtp, config.outbound_master)),
      outbound_rtcp_(TransformOf(config.suite, SrtpKind::kRtcp, config.outbound_master)) {
  PARLEY_ASSERT(IsValid(config));
}

SrtpOutcome SrtpSession::ProtectRtp(std::span<uint8_t> buffer,
                                    size_t packet_bytes) PARLEY_NONBLOCKING {
  const std::span<uint8_t> packet = buffer.first(packet_bytes);
  const std::optional<RtpIdentity> identity = IdentifyRtp(packet);
  if (!identity) return Refused(SrtpResult::kMalformed);
  const size_t tag_bytes = outbound_rtp_.tag_bytes();
  if (buffer.size() - packet_bytes < tag_bytes) return Refused(SrtpResult::kNoRoom);
  SrtpStream* stream = outbound_.Find(identity->ssrc);
  if (stream == nullptr) {
    if (outbound_.is_full()) return Refused(SrtpResult::kStreamsFull);
    stream = &outbound_.Add(identity->ssrc);
  }
  uint64_t index = identity->sequence;
  if (stream->rtp.has_started()) {
    const uint64_t newest = stream->rtp.newest();
    const std::optional<uint64_t> next = EstimateIndex(newest, identity->sequence);
    if (!next) return Refused(SrtpResult::kKeyExhausted);
    if (*next <= newest) return Refused(SrtpResult::kReplayed);
    index = *next;
  }
  stream->rtp.Accept(index);
  outbound_rtp_.Seal({.ssrc = identity->ssrc, .index = index}, packet, identity->header_bytes,
                     buffer.subspan(packet_bytes, tag_bytes));
  return Done(packet_bytes + tag_bytes);
}

SrtpOutcome SrtpSession::ProtectRtcp(std::span<uint8_t> buffer,
                                     size_t packet_bytes) PARLEY_NONBLOCKING {
  const std::span<uint8_t> packet = buffer.first(packet_bytes);
  if (!IsRtcp(packet)) return Refused(SrtpResult::kMalformed);
  const size_t tag_bytes = outbound_rtcp_.tag_bytes();
  const size_t trailer_bytes = tag_bytes + kRtcpWordBytes;
  if (buffer.size() - packet_bytes < trailer_bytes) return Refused(SrtpResult::kNoRoom);
  const uint32_t ssrc = ReadBe32(&packet[4]);
  SrtpStream* stream = outbound_.Find(ssrc);
  if (stream == nullptr) {
    if (outbound_.is_full()) return Refused(SrtpResult::kStreamsFull);
    stream = &outbound_.Add(ssrc);
  }
  const uint64_t index = stream->rtcp.has_started() ? stream->rtcp.newest() + 1 : 0;
  if (index > kSrtcpIndexMax) return Refused(SrtpResult::kKeyExhausted);
  stream->rtcp.Accept(index);

  const std::span<uint8_t> trailer = buffer.subspan(packet_bytes, trailer_bytes);
  // RFC 7714 9.2: the tag ends the ciphertext; RFC 3711 3.4: the tag ends the packet.
  const std::span<uint8_t> tag = is_aead_ ? trailer.first(tag_bytes) : trailer.last(tag_bytes);
  const std::span<uint8_t> word =
      is_aead_ ? trailer.last(kRtcpWordBytes) : trailer.first(kRtcpWordBytes);
  outbound_rtcp_.Seal({.ssrc = ssrc, .index = index}, packet, kRtcpHeaderBytes, tag);
  WriteBe32(word.data(), kSrtcpEncrypted | static_cast<uint32_t>(index));
  return Done(packet_bytes + trailer_bytes);
}

SrtpOutcome SrtpSession::UnprotectRtp(std::span<uint8_t> datagram) PARLEY_NONBLOCKING {
  const std::optional<RtpIdentity> identity = IdentifyRtp(datagram);
  if (!identity) return Refused(SrtpResult::kMalformed);
  const size_t trailer_bytes = inbound_rtp_.tag_bytes() + inbound_mki_.bytes;
  if (datagram.size() - identity->header_bytes < trailer_bytes) {
    return Refused(SrtpResult::kMalformed);
  }
  const size_t packet_bytes = datagram.size() - trailer_bytes;
  const Trailer trailer = SplitTrailer(datagram.subspan(packet_bytes), inbound_rtp_.tag_bytes(), 0);
  if (!IsInboundMki(trailer.mki)) return Refused(SrtpResult::kAuthFailed);

  SrtpStream* stream = inbound_.Find(identity->ssrc);
  if (stream == nullptr && inbound_.is_full()) return Refused(SrtpResult::kStreamsFull);
  const Candidates candidates = CandidatesOf(stream, identity->sequence);
  if (candidates.count == 0) return Refused(SrtpResult::kTooOld);
  if (stream != nullptr) {
    const ReplayVerdict verdict = stream->rtp.Check(candidates.indices[0]);
    if (verdict != ReplayVerdict::kFresh) return Refused(ResultOf(verdict));
  }
  for (const uint64_t index : candidates.all()) {
    if (!inbound_rtp_.Open({.ssrc = identity->ssrc, .index = index}, datagram.first(packet_bytes),
                           identity->header_bytes, trailer.tag)) {
      continue;
    }
    if (stream == nullptr) stream = &inbound_.Add(identity->ssrc);
    stream->rtp.Accept(index);
    heard_last_ = stream;
    return Done(packet_bytes);
  }
  return Refused(SrtpResult::kAuthFailed);
}

SrtpOutcome SrtpSession::UnprotectRtcp(std::span<uint8_t> datagram) PARLEY_NONBLOCKING {
  const size_t trailer_bytes = inbound_rtcp_.tag_bytes() + inbound_mki_.bytes + kRtcpWordBytes;
  if (!IsRtcp(datagram) || datagram.size() < kRtcpHeaderBytes + trailer_bytes) {
    return Refused(SrtpResult::kMalformed);
  }
  const size_t packet_bytes = datagram.size() - trailer_bytes;
  const Trailer trailer =
      SplitTrailer(datagram.subspan(packet_bytes), inbound_rtcp_.tag_bytes(), kRtcpWordBytes);
  if (!IsInboundMki(trailer.mki)) return Refused(SrtpResult::kAuthFailed);
  const uint32_t word = ReadBe32(trailer.word.data());
  // Without encryption only where both agreed to it (RFC 4568 6.3.2), which is never done.
  if ((word & kSrtcpEncrypted) == 0) return Refused(SrtpResult::kMalformed);
  const uint64_t index = word & ~kSrtcpEncrypted;

  const uint32_t ssrc = ReadBe32(&datagram[4]);
  SrtpStream* stream = inbound_.Find(ssrc);
  if (stream == nullptr && inbound_.is_full()) return Refused(SrtpResult::kStreamsFull);
  if (stream != nullptr) {
    const ReplayVerdict verdict = stream->rtcp.Check(index);
    if (verdict != ReplayVerdict::kFresh) return Refused(ResultOf(verdict));
  }
  if (!inbound_rtcp_.Open({.ssrc = ssrc, .index = index}, datagram.first(packet_bytes),
                          kRtcpHeaderBytes, trailer.tag)) {
    return Refused(SrtpResult::kAuthFailed);
  }
  if (stream == nullptr) stream = &inbound_.Add(ssrc);
  stream->rtcp.Accept(index);
  return Done(packet_bytes);
}

void SrtpSession::ContinueFrom(const SrtpSession& previous) PARLEY_NONBLOCKING {
  if (previous.heard_last_ == nullptr) return;
  PARLEY_ASSERT(!inbound_.is_full());
  const SrtpStream& heard = *previous.heard_last_;
  if (inbound_.Find(heard.ssrc) != nullptr) return;
  inbound_.Add(heard.ssrc).rtp_before_rekey = heard.rtp.newest();
}

SrtpSession::Candidates SrtpSession::CandidatesOf(const SrtpStream* stream, uint16_t sequence) {
  Candidates candidates;
  if (stream != nullptr && stream->rtp.has_started()) {
    const std::optional<uint64_t> index = EstimateIndex(stream->rtp.newest(), sequence);
    if (index) candidates.Add(*index);
    return candidates;
  }
  candidates.Add(sequence);
  if (sequence < kEarlySequences) candidates.Add(uint64_t{1} << 16 | sequence);
  if (stream != nullptr && stream->rtp_before_rekey) {
    const std::optional<uint64_t> index = EstimateIndex(*stream->rtp_before_rekey, sequence);
    if (index) candidates.Add(*index);
  }
  return candidates;
}

SrtpSession::Trailer SrtpSession::SplitTrailer(std::span<const uint8_t> trailer, size_t tag_bytes,
                                               size_t word_bytes) const {
  const size_t mki_bytes = inbound_mki_.bytes;
  if (is_aead_) {
    return {.tag = trailer.first(tag_bytes),
            .mki = trailer.last(mki_bytes),
            .word = trailer.subspan(tag_bytes, word_bytes)};
  }
  return {.tag = trailer.last(tag_bytes),
          .mki = trailer.subspan(word_bytes, mki_bytes),
          .word = trailer.first(word_bytes)};
}

bool SrtpSession::IsInboundMki(std::span<const uint8_t> mki) const {
  uint32_t value = 0;
  for (const uint8_t byte : mki) value = value << 8 | byte;
  return value == inbound_mki_.value;
}

}  // namespace parley
