// Any packets of telephone events, in any order and time, beside a sender of digits. A press is
// told at most once while it is known, and what the sender makes reads back.
//
// Input: operations of eight bytes: milliseconds since the one before, timestamp (2, relative to
// the start, in units of 160), the length of the payload, and the payload (4). Every operation also
// queues its last byte as a digit and sends a frame.

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/byte_order.h"
#include "base/units.h"
#include "rtp/telephone_event.h"

namespace parley {
namespace {

constexpr size_t kOperationBytes = 8;
constexpr uint32_t kFrameUnits = 160;

class Leg {
 public:
  void Run(const uint8_t* operation) {
    now_ns_ += operation[0] * kNsPerMs;
    Receive(operation);
    Send(static_cast<char>(operation[7]));
  }

 private:
  void Receive(const uint8_t* operation) {
    const uint32_t timestamp = 0xffff'0000 + ReadBe16(operation + 1) * kFrameUnits;
    const std::span<const uint8_t> payload(operation + 4, operation[3] % 5U);
    const auto event = ParseTelephoneEvent(payload);
    PARLEY_ASSERT(event.has_value() == (payload.size() == kTelephoneEventBytes));
    if (!event) return;
    const auto digit = receiver_.OnPacket(timestamp, *event, now_ns_);
    if (digit) PARLEY_ASSERT(digit == DigitOf(event->event));
    PARLEY_ASSERT(!digit || receiver_.pressed(now_ns_) == !event->end);
    PARLEY_ASSERT(!receiver_.OnPacket(timestamp, *event, now_ns_));
    PARLEY_ASSERT(!receiver_.pressed(now_ns_ + kNsPerSecond));
  }

  void Send(char digit) {
    const size_t before = sender_.queued();
    const bool queued = sender_.Queue(digit);
    const bool is_key = IsTelephoneKey(static_cast<uint8_t>(digit));
    PARLEY_ASSERT(queued == (is_key && before < TelephoneEventSender::kQueueMax));
    const auto packet = sender_.Next(sent_timestamp_, kFrameUnits, 8000);
    sent_timestamp_ += kFrameUnits;
    PARLEY_ASSERT(sender_.queued() <= TelephoneEventSender::kQueueMax);
    if (!packet) return;
    std::array<uint8_t, kTelephoneEventBytes> bytes;
    WriteTelephoneEvent(packet->event, bytes);
    PARLEY_ASSERT(ParseTelephoneEvent(bytes) == packet->event);
    const auto heard = peer_.OnPacket(packet->timestamp, packet->event, now_ns_);
    PARLEY_ASSERT(heard.has_value() == packet->marker);
  }

  TelephoneEventReceiver receiver_;
  TelephoneEventReceiver peer_;
  TelephoneEventSender sender_;
  uint32_t sent_timestamp_ = 0xffff'f000;
  int64_t now_ns_ = 0;
};

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  parley::Leg leg;
  for (size_t at = 0; at + parley::kOperationBytes <= size; at += parley::kOperationBytes) {
    leg.Run(data + at);
  }
  return 0;
}
