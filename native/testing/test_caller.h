// Test support: the far end of a leg, RTP or lane: sends frames of sound and keeps what it hears.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/codec.h"
#include "codecs/frame_encoder.h"
#include "codecs/opus_codec.h"
#include "codecs/stream_decoder.h"
#include "engine/layout.generated.h"
#include "testing/commands.h"
#include "testing/fake_port.h"
#include "testing/test_shard.h"

namespace parley::testing {

class TestCaller {
 public:
  virtual ~TestCaller() = default;

  const LegRef& leg() const { return leg_; }
  const CodecFormat& format() const { return format_; }
  size_t frame_samples() const;

  // The record that opens its leg.
  virtual layout::OpenLeg OpenLeg() const = 0;
  // Sends 20 ms of sound to the engine.
  virtual void Send(TestShard& shard, std::span<const int16_t> frame) = 0;
  // Appends what the engine sent it to heard(). `sent`: what the port sent in the meantime.
  virtual void Hear(TestShard& shard, const std::vector<FakePort::Sent>& sent) = 0;

  // Sound heard so far, at the codec's rate.
  std::vector<int16_t>& heard() { return heard_; }

 protected:
  TestCaller(LegRef leg, const CodecFormat& format);
  void SetEncoder(const CodecFormat& format);
  // Empty when there is nothing to send.
  std::vector<uint8_t> Encode(std::span<const int16_t> frame);
  // Returns the samples.
  size_t Decode(std::span<const uint8_t> payload);

 private:
  LegRef leg_;
  CodecFormat format_;
  struct OpusEnds {
    OpusFrameDecoder decoder;
    OpusFrameEncoder encoder;
  };

  std::shared_ptr<OpusEnds> opus_;  // null for other codecs; copies share it
  FrameEncoder encoder_;
  StreamDecoder decoder_;
  std::vector<int16_t> heard_;
};

// Sends from 192.0.2.<slot>:<4000 + slot> to descriptor 100 + slot. Expects that the packets it
// gets fit an Ethernet frame and have consecutive sequence numbers and timestamps.
class RtpCaller final : public TestCaller {
 public:
  RtpCaller(LegRef leg, const CodecFormat& format, uint8_t payload_type);

  layout::OpenLeg OpenLeg() const override;
  void Send(TestShard& shard, std::span<const int16_t> frame) override;
  void Hear(TestShard& shard, const std::vector<FakePort::Sent>& sent) override;

  // From now on sends another codec of the same RTP clock; hears what it heard before.
  void SpeakAs(const CodecFormat& format, uint8_t payload_type);

  // What it will hear is under way already: its first packet begins no talk spurt.
  void HearFromTheMiddle() { is_from_the_middle_ = true; }

  int descriptor() const { return descriptor_; }
  const Address& address() const { return address_; }
  // The next packet Send would send.
  std::vector<uint8_t> NextPacket(std::span<const int16_t> frame);
  // The next packet, but of another type: it takes a sequence number and no time.
  std::vector<uint8_t> NextOther(uint8_t payload_type, uint32_t timestamp,
                                 std::span<const uint8_t> payload);
  // Timestamp of the next packet of sound, and a pause before it.
  uint32_t timestamp() const { return timestamp_; }
  void Pause(uint32_t samples) { timestamp_ += samples; }

 private:
  int descriptor_;
  Address address_;
  uint8_t payload_type_;
  CodecFormat spoken_;
  uint8_t spoken_payload_type_;
  uint16_t sequence_ = 65'500;
  uint32_t timestamp_ = 1'000;
  bool has_heard_ = false;
  bool is_from_the_middle_ = false;
  uint16_t next_sequence_ = 0;
  uint32_t next_timestamp_ = 0;
};

// Uses the lane with the number of its slot.
class LaneCaller final : public TestCaller {
 public:
  LaneCaller(LegRef leg, const CodecFormat& format) : TestCaller(leg, format) {}

  layout::OpenLeg OpenLeg() const override;
  void Send(TestShard& shard, std::span<const int16_t> frame) override;
  void Hear(TestShard& shard, const std::vector<FakePort::Sent>& sent) override;
};

}  // namespace parley::testing
