#include "rtp/rtp_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr RtpHeader kHeader{.marker = true,
                            .payload_type = 8,
                            .sequence = 0x1234,
                            .timestamp = 0x89ab'cdef,
                            .ssrc = 0xfedc'ba98};

Bytes Packet(uint8_t first, const Bytes& rest) {
  constexpr std::array<uint8_t, kRtpHeaderBytes> kPlain = {0x80, 0x88, 0x12, 0x34, 0x89, 0xab,
                                                           0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98};
  Bytes bytes(kPlain.size() + rest.size());
  std::ranges::copy(rest, std::ranges::copy(kPlain, bytes.begin()).out);
  bytes[0] = first;
  return bytes;
}

Bytes Copy(std::span<const uint8_t> from) { return {from.begin(), from.end()}; }

TEST(RtpPacket, ReadsEveryFieldOfThePlainHeader) {
  const Bytes bytes = Packet(0x80, {1, 2, 3});
  const auto packet = ParseRtpPacket(bytes);
  ASSERT_TRUE(packet);
  EXPECT_TRUE(packet->header.marker);
  EXPECT_EQ(packet->header.payload_type, 8);
  EXPECT_EQ(packet->header.sequence, 0x1234);
  EXPECT_EQ(packet->header.timestamp, 0x89ab'cdefU);
  EXPECT_EQ(packet->header.ssrc, 0xfedc'ba98U);
  EXPECT_TRUE(packet->csrcs.empty());
  EXPECT_TRUE(packet->extension.empty());
  EXPECT_EQ(Copy(packet->payload), (Bytes{1, 2, 3}));
}

TEST(RtpPacket, StepsOverCsrcsExtensionAndPadding) {
  const Bytes bytes = Packet(0xb2, {0,    0,    0, 1, 0,    0,    0, 2,  // two CSRCs
                                    0xbe, 0xde, 0, 1, 0x10, 0x7f, 0, 0,  // extension of one word
                                    42,   43,                            // payload
                                    0,    0,    3});                     // padding
  const auto packet = ParseRtpPacket(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(Copy(packet->csrcs), (Bytes{0, 0, 0, 1, 0, 0, 0, 2}));
  EXPECT_EQ(packet->extension_profile, 0xbede);
  EXPECT_EQ(Copy(packet->extension), (Bytes{0x10, 0x7f, 0, 0}));
  EXPECT_EQ(Copy(packet->payload), (Bytes{42, 43}));
}

TEST(RtpPacket, AcceptsAnEmptyPayload) {
  const auto plain = ParseRtpPacket(Packet(0x80, {}));
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->payload.empty());
  const auto all_padding = ParseRtpPacket(Packet(0xa0, {0, 0, 0, 4}));
  ASSERT_TRUE(all_padding);
  EXPECT_TRUE(all_padding->payload.empty());
}

struct Malformed {
  const char* what;
  Bytes bytes;
};

TEST(RtpPacket, RefusesWhatDoesNotHoldTogether) {
  const std::vector<Malformed> cases = {
      {"empty", {}},
      {"eleven bytes", Bytes(11, 0x80)},
      {"version 0", Packet(0x00, {1})},
      {"version 1", Packet(0x40, {1})},
      {"version 3", Packet(0xc0, {1})},
      {"CSRCs beyond the end", Packet(0x81, {0, 0, 0})},
      {"extension header beyond the end", Packet(0x90, {0xbe, 0xde, 0})},
      {"extension beyond the end", Packet(0x90, {0xbe, 0xde, 0, 1, 1, 2, 3})},
      {"extension of 65535 words", Packet(0x90, {0xbe, 0xde, 0xff, 0xff, 1, 2, 3, 4})},
      {"padding without a byte", Packet(0xa0, {})},
      {"padding of none", Packet(0xa0, {1, 0})},
      {"padding beyond the payload", Packet(0xa0, {1, 2, 4})},
      {"padding into the CSRCs", Packet(0xa1, {0, 0, 0, 2, 2})},
  };
  for (const Malformed& malformed : cases) {
    EXPECT_FALSE(ParseRtpPacket(malformed.bytes)) << malformed.what;
  }
}

TEST(RtpPacket, WritesWhatItReads) {
  const std::array<uint32_t, 2> csrcs = {7, 0xffff'fff0};
  const Bytes payload = {9, 8, 7};
  Bytes out(64, 0xee);
  const size_t bytes = WriteRtpPacket(kHeader, {.csrcs = csrcs, .extension = {}}, payload, out);
  ASSERT_EQ(bytes, 12U + 8U + 3U);
  EXPECT_EQ(out[bytes], 0xee);
  const auto packet = ParseRtpPacket(std::span(out).first(bytes));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header.marker, kHeader.marker);
  EXPECT_EQ(packet->header.payload_type, kHeader.payload_type);
  EXPECT_EQ(packet->header.sequence, kHeader.sequence);
  EXPECT_EQ(packet->header.timestamp, kHeader.timestamp);
  EXPECT_EQ(packet->header.ssrc, kHeader.ssrc);
  EXPECT_EQ(Copy(packet->csrcs), (Bytes{0, 0, 0, 7, 0xff, 0xff, 0xff, 0xf0}));
  EXPECT_EQ(Copy(packet->payload), payload);
}

TEST(RtpPacket, WritesAroundAPayloadAlreadyInPlace) {
  Bytes out(kRtpHeaderBytes + 3, 0);
  out[12] = 5;
  out[14] = 6;
  ASSERT_EQ(WriteRtpPacket(kHeader, {}, std::span(out).subspan(12), out), out.size());
  EXPECT_EQ(Copy(ParseRtpPacket(out)->payload), (Bytes{5, 0, 6}));
}

TEST(RtpPacket, MovesAPayloadThatOverlapsItsHeader) {
  Bytes out(kRtpHeaderBytes + 4, 0);
  std::ranges::copy(Bytes{1, 2, 3, 4}, out.begin() + 9);
  ASSERT_EQ(WriteRtpPacket(kHeader, {}, std::span(out).subspan(9, 4), out), out.size());
  EXPECT_EQ(Copy(ParseRtpPacket(out)->payload), (Bytes{1, 2, 3, 4}));
}

TEST(RtpPacket, WritesNothingWhenItDoesNotFit) {
  const Bytes payload(10, 1);
  Bytes out(kRtpHeaderBytes + 9, 0xee);
  EXPECT_EQ(WriteRtpPacket(kHeader, {}, payload, out), 0U);
  EXPECT_EQ(out, Bytes(out.size(), 0xee));
  EXPECT_EQ(WriteRtpPacket(kHeader, {}, {}, std::span(out).first(11)), 0U);
}

TEST(RtpPacket, ClassifiesDatagramsOnASharedSocket) {
  EXPECT_EQ(ClassifyDatagram(Packet(0x80, {})), DatagramKind::kRtp);
  for (const uint8_t type : Bytes{192, 200, 201, 202, 203, 204, 223}) {
    EXPECT_EQ(ClassifyDatagram(Bytes{0x80, type, 0, 0}), DatagramKind::kRtcp);
  }
  for (const uint8_t type : Bytes{0, 8, 96, 127, 128, 191, 224, 255}) {
    EXPECT_EQ(ClassifyDatagram(Bytes{0x80, type, 0, 0}), DatagramKind::kRtp);
  }
  EXPECT_EQ(ClassifyDatagram(Bytes{0x00, 0x01, 0, 0}), DatagramKind::kOther);  // STUN
  EXPECT_EQ(ClassifyDatagram(Bytes{22, 0xfe, 0xfd}), DatagramKind::kOther);    // DTLS
  EXPECT_EQ(ClassifyDatagram(Bytes{0x80}), DatagramKind::kOther);
  EXPECT_EQ(ClassifyDatagram(Bytes{}), DatagramKind::kOther);
}

TEST(RtpPacket, ReadsAnyBytesWithoutLeavingThem) {
  std::mt19937 random(3);
  for (int round = 0; round < 50'000; ++round) {
    // Exact size on the heap, so that sanitizers see a read beyond it.
    Bytes bytes(random() % 80);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    if (!bytes.empty()) bytes[0] = static_cast<uint8_t>(0x80 | (bytes[0] & 0x3f));
    const auto packet = ParseRtpPacket(bytes);
    if (!packet) continue;
    ASSERT_LE(
        kRtpHeaderBytes + packet->csrcs.size() + packet->extension.size() + packet->payload.size(),
        bytes.size());
    int sum = 0;
    for (const uint8_t byte : packet->payload) sum += byte;
    for (const uint8_t byte : packet->extension) sum += byte;
    for (const uint8_t byte : packet->csrcs) sum += byte;
    ASSERT_GE(sum, 0);
  }
}

TEST(RtpPacket, WritesAnExtensionBetweenCsrcsAndPayload) {
  const std::array<uint32_t, 2> csrcs = {1, 2};
  const std::array<uint8_t, 8> extension = {0xbe, 0xde, 0, 1, 0x11, 5, 6, 0};
  const std::array<uint8_t, 3> payload = {7, 8, 9};
  std::array<uint8_t, 12 + 8 + 8 + 3> out;
  ASSERT_EQ(WriteRtpPacket(kHeader, {.csrcs = csrcs, .extension = extension}, payload, out),
            out.size());
  const auto packet = ParseRtpPacket(out);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->csrcs.size(), 8U);
  EXPECT_EQ(packet->extension_profile, 0xbede);
  EXPECT_TRUE(std::ranges::equal(packet->extension, std::span(extension).last(4)));
  EXPECT_TRUE(std::ranges::equal(packet->payload, payload));
  std::array<uint8_t, 30> small;
  EXPECT_EQ(WriteRtpPacket(kHeader, {.csrcs = csrcs, .extension = extension}, payload, small), 0U);
}

}  // namespace
}  // namespace parley
