// Any sequence of packets and pulls, through the source check and the playout as in a leg. Every
// packet is counted once, memory comes back, and no frame is left unfilled.
//
// Input: one byte of delay, then operations of eight bytes: what and how long after the one before,
// sequence number (2), timestamp (4) and payload length. Numbers are relative to a steady stream,
// so that most inputs get far.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/assert.h"
#include "base/byte_order.h"
#include "base/units.h"
#include "jitter/playout.h"
#include "rtp/rtp_receiver.h"

namespace parley {
namespace {

constexpr uint32_t kRateHz = 8000;
constexpr size_t kOperationBytes = 8;
constexpr uint32_t kPoolChunks = 48;
constexpr int16_t kUnfilled = 0x5a5a;

constexpr PayloadDecoder kDecoder = {
    .samples =
        [](void*, uint8_t, std::span<const uint8_t> payload) {
          return static_cast<uint32_t>(payload.size());
        },
    .decode =
        [](void*, uint8_t, std::span<const uint8_t> payload, std::span<int16_t> out) {
          PARLEY_ASSERT(payload.size() == out.size());
          for (size_t i = 0; i < out.size(); ++i) out[i] = payload[i];
        }};

// Likewise a codec that has a state, makes sound up, and carries some of it twice.
constexpr PayloadDecoder kStatefulDecoder = {
    .samples = kDecoder.samples,
    .decode = kDecoder.decode,
    .conceals = [](void*) { return true; },
    .conceal = [](void*, std::span<int16_t> out) { std::ranges::fill(out, int16_t{1}); },
    .restore =
        [](void*, uint8_t, std::span<const uint8_t> next, std::span<int16_t> out) {
          if (next.size() % 2 == 0) return false;
          std::ranges::fill(out, int16_t{2});
          return true;
        },
    .recovers_at_once = false};

class Leg {
 public:
  explicit Leg(uint8_t delay)
      : playout_(&pool_, {.delay = {.target_ms_min = delay % 201U, .target_ms_max = 400}},
                 delay > 200 ? kStatefulDecoder : kDecoder) {
    // The noise of some is loud, of most unheard of.
    playout_.SetNoise(30 + delay % 98U);
  }

  void Run(const uint8_t* operation) {
    now_ns_ += (operation[0] >> 3) * kNsPerMs;
    switch (operation[0] & 7) {
      case 0:
        Pull();
        break;
      case 1:
        playout_.Reset();
        break;
      case 2:
        playout_.InsertOther(HeaderOf(operation), now_ns_);
        break;
      case 3:
        playout_.InsertPause(HeaderOf(operation), now_ns_);
        break;
      default:
        Receive(operation);
        break;
    }
    Check();
  }

 private:
  RtpHeader HeaderOf(const uint8_t* operation) {
    ++sent_;
    RtpHeader header;
    header.sequence = static_cast<uint16_t>(sent_ + ReadBe16(operation + 1));
    header.timestamp = sent_ * 160 + ReadBe32(operation + 3);
    header.ssrc = operation[0] & 1;
    return header;
  }

  void Receive(const uint8_t* operation) {
    const std::array<uint8_t, kPayloadBytesMax + 8> bytes = {};
    RtpPacketView packet;
    packet.header = HeaderOf(operation);
    packet.payload = std::span(bytes).first(size_t{operation[7]} * 9 % bytes.size());
    switch (receiver_.OnPacket(packet.header, now_ns_)) {
      case RtpVerdict::kDiscardProbation:
      case RtpVerdict::kDiscardJump:
        return;
      case RtpVerdict::kAcceptFresh:
        playout_.Reset();
        break;
      case RtpVerdict::kAccept:
        break;
    }
    playout_.Insert(packet, now_ns_);
    if (receiver_.established()) receiver_.TakeReport();
  }

  void Pull() {
    std::array<int16_t, FrameSamples(kRateHz)> frame;
    frame.fill(kUnfilled);
    const FrameKind kind = playout_.PullFrame(now_ns_, frame);
    for (const int16_t sample : frame) {
      PARLEY_ASSERT(sample != kUnfilled);
      PARLEY_ASSERT(kind != FrameKind::kSilent || sample == 0);
    }
  }

  void Check() const {
    const PacketCounters& packets = playout_.packets();
    PARLEY_ASSERT(packets.inserted == packets.taken + packets.late + packets.duplicate +
                                          packets.overflow + packets.skipped +
                                          playout_.packets_held());
    PARLEY_ASSERT(playout_.packets_held() <= kPacketSlots);
    PARLEY_ASSERT(playout_.packets_held() > 0 || pool_.chunks_free() == kPoolChunks);
  }

  PacketPool pool_{kPoolChunks};
  RtpReceiver receiver_{kRateHz};
  Playout playout_;
  int64_t now_ns_ = 0;
  uint32_t sent_ = 0;
};

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  parley::Leg leg(data[0]);
  for (size_t at = 1; at + parley::kOperationBytes <= size; at += parley::kOperationBytes) {
    leg.Run(data + at);
  }
  return 0;
}
