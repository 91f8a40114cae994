// Test support: a room whose listeners may share an encoder, as their far ends hear it. What a leg
// is sent is compared with what an encoder that was always its own makes of what the leg heard.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "codecs/frame_encoder.h"
#include "codecs/stream_decoder.h"
#include "rtp/rtp_packet.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley::testing {

// What a decoder makes of a stream of payloads, one each 20 ms or none.
class FarEnd {
 public:
  explicit FarEnd(const CodecFormat& format);
  void Hear(std::span<const uint8_t> payload);
  const std::vector<int16_t>& heard() const { return heard_; }

 private:
  std::unique_ptr<OpusFrameDecoder> opus_;
  StreamDecoder decoder_;
  std::vector<int16_t> heard_;
};

// One leg, and the encoder it would have had alone.
struct Party {
  Party(uint32_t slot, const CodecFormat& format, const OpusEncoderConfig& config);

  RtpCaller caller;
  bool is_muted = true;
  std::vector<int16_t> voice;  // said again and again
  size_t spoken = 0;
  std::unique_ptr<OpusFrameEncoder> opus;
  FrameEncoder encoder;
  FarEnd real;
  FarEnd alone;
  std::vector<int16_t> said_to;                // what it heard, before coding
  std::vector<std::vector<uint8_t>> sent;      // each turn; empty where nothing was
  std::vector<std::vector<uint8_t>> expected;  // from the encoder of its own
};

// Room 0 of a shard, at 16 kHz; legs at that rate are compared, if their codec has a state. Expects
// of every stream that its headers go on unbroken.
class SharingRoom : public ::testing::Test {
 protected:
  static constexpr uint32_t kRateHz = 16'000;
  static constexpr uint32_t kFrame = 320;
  static constexpr CodecFormat kOpus = {layout::Codec::kOpus, kRateHz};
  static constexpr CodecFormat kG722 = {layout::Codec::kG722, kRateHz};
  static constexpr CodecFormat kL16 = {layout::Codec::kL16, kRateHz};

  explicit SharingRoom(const Spreading& spreading = {});

  // Speaks, each a voice of its own, unless muted; of Opus at 24 kbit/s.
  Party& Add(const CodecFormat& format, bool is_muted, OpusEncoderConfig config = {});
  void Mute(uint32_t slot, bool is_muted, layout::Hears hears = layout::Hears::kRoom);
  // Applies what was said since the last, and runs 20 ms; or applies it in the midst of them.
  void Turn(uint32_t ticks_before = 0);
  void Run(uint32_t turns);
  // Runs until another leg follows; returns the turns. Expects that it is fewer than `turns_max`.
  uint32_t RunToRejoin(uint32_t turns_max);

  const layout::StatsBlock& stats() { return *shard_.engine().stats().operator->(); }

  // In dB, how far what party `of` hears in frame `turn` is from what party 2 does.
  double SnrDb(size_t of, size_t turn) const;

  // Three who speak at once, in a room that is not quiet: no pause at all.
  static std::vector<int16_t> Babble();

  TestShard shard_;
  std::vector<std::unique_ptr<Party>> parties_;
  std::vector<Record> batch_;  // to be applied at the next turn

 private:
  struct Stream {
    bool has_begun = false;
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    uint32_t units = 0;
    uint64_t turn = 0;
  };

  void Tick(uint32_t ticks);
  void Overhear(Party& party);
  void Listen(Party& party, const std::vector<uint8_t>& payload);
  void CheckHeader(int descriptor, const RtpPacketView& packet);

  std::map<int, Stream> streams_;
  std::map<uint32_t, std::vector<int16_t>> overheard_;  // in this turn, by slot
};

}  // namespace parley::testing
