// Opus (RFC 6716; in RTP RFC 7587), through libopus. Everything here is mono: stereo packets are
// mixed down as they are decoded.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/realtime.h"
#include "codecs/recent_packets.h"

namespace parley {

// RTP counts Opus at this rate, whatever the rate of its samples (RFC 7587 4.1).
inline constexpr uint32_t kOpusClockRateHz = 48000;
inline constexpr size_t kOpusPayloadBytesMax = 1275;  // of one frame
inline constexpr uint32_t kOpusComplexityMax = 10;
// The longest packet (RFC 6716 3.2.5).
inline constexpr uint32_t kOpusPacketMsMax = 120;

// The rates at which samples are taken and given.
constexpr bool IsOpusRate(uint32_t rate_hz) {
  return rate_hz == 8000 || rate_hz == 12000 || rate_hz == 16000 || rate_hz == 24000 ||
         rate_hz == 48000;
}

// What the receiver's fmtp (RFC 7587 6.1) and the operator choose.
struct OpusEncoderConfig {
  uint32_t rate_hz = 48000;               // of the samples
  uint32_t max_playback_rate_hz = 48000;  // nothing above half of it is sent; any number
  uint32_t bitrate_bps = 32000;           // 6000 to 510000; beyond counts as its end
  uint32_t complexity = 5;                // 0 to 10; beyond counts as 10
  bool fec = false;                       // useinbandfec; costs bits once a loss is expected
  uint32_t expected_loss_percent = 0;     // 0 to 100; beyond counts as 100
  bool dtx = false;                       // usedtx
  bool cbr = false;

  bool operator==(const OpusEncoderConfig&) const = default;
};

// Any frame of one stream to samples. One thread. About 29 KiB, all taken at construction; the rest
// is real-time safe and total over any bytes.
class OpusFrameDecoder {
 public:
  OpusFrameDecoder();
  OpusFrameDecoder(const OpusFrameDecoder&) = delete;
  OpusFrameDecoder& operator=(const OpusFrameDecoder&) = delete;

  // What libopus has of it.
  static size_t StateBytes();

  // Begins a stream whose samples come at `rate_hz`. REQUIRES: IsOpusRate(rate_hz).
  void Open(uint32_t rate_hz) PARLEY_NONBLOCKING;

  // Nobody hears the stream. As soon as what it takes to wake is kept, all sound is silence, as
  // long as it would be, and nothing is decoded; what else is said of it stays true.
  void Rest() PARLEY_NONBLOCKING;

  // Somebody does again. What it then decodes differs by little from what it would, had it not
  // rested: the last 80 ms are decoded now, for nobody. From nothing, CELT begins with up to 27 dB
  // more than was said, and SILK with 8 less. REQUIRES: Rest was called, and no stream begun since.
  void Wake() PARLEY_NONBLOCKING;

  // To wake is some 0.1 ms of work.
  bool is_resting() const { return is_resting_; }

  // Samples in `payload`, 0 when it is malformed, empty or longer than kOpusPacketMsMax.
  uint32_t Samples(std::span<const uint8_t> payload) const PARLEY_NONBLOCKING;

  // Fills `out` from `payload`; what a corrupt payload leaves open is silence.
  // REQUIRES: out.size() == Samples(payload).
  void Decode(std::span<const uint8_t> payload, std::span<int16_t> out) PARLEY_NONBLOCKING;

  // Whether Conceal is of use after what was decoded last: after CELT. SILK that knows nothing of a
  // loss is right again sooner than SILK that has concealed it (docs/codecs.md), and the sound
  // before is continued as well by others.
  bool can_conceal() const { return last_was_celt_; }

  // Fills `out` with what stands in for lost sound, fading as the loss lasts.
  // REQUIRES: out.size() a multiple of 2.5 ms, at most kOpusPacketMsMax.
  void Conceal(std::span<int16_t> out) PARLEY_NONBLOCKING;

  // How much of the sound before it `next` carries as in-band FEC; 0 when none that is of use.
  uint32_t FecSamples(std::span<const uint8_t> next) const PARLEY_NONBLOCKING;

  // Fills `out`, the sound lost right before `next`, from the in-band FEC of `next`, which is to be
  // decoded next. FEC holds as much as the first frame of `next`; what `out` has more is concealed,
  // at its start. Returns false, with nothing changed, when there is no FEC that fits: conceal
  // then. REQUIRES: as Conceal.
  bool Restore(std::span<const uint8_t> next, std::span<int16_t> out) PARLEY_NONBLOCKING;

 private:
  void Keep(std::span<const uint8_t> payload, size_t samples);
  bool DecodeInto(std::span<const uint8_t> payload, std::span<int16_t> out, bool fec);

  std::unique_ptr<std::byte[]> state_;
  uint32_t rate_hz_ = kOpusClockRateHz;
  bool last_was_celt_ = false;
  bool is_unheard_ = false;
  bool is_resting_ = false;
  RecentPackets recent_;  // while it is unheard
};

// One thread. About 44 KiB, all taken at construction; the rest is real-time safe.
class OpusFrameEncoder {
 public:
  OpusFrameEncoder();
  OpusFrameEncoder(const OpusFrameEncoder&) = delete;
  OpusFrameEncoder& operator=(const OpusFrameEncoder&) = delete;

  // What libopus has of it.
  static size_t StateBytes();

  // Begins a stream. REQUIRES: IsOpusRate(config.rate_hz).
  void Open(const OpusEncoderConfig& config) PARLEY_NONBLOCKING;

  // Takes over the state of `other`, to the bit: both make the same packets of the same sound.
  void Fork(const OpusFrameEncoder& other) PARLEY_NONBLOCKING;

  // Encodes one frame of 10, 20, 40 or 60 ms; returns the bytes, 0 when nothing needs to be sent
  // (DTX). REQUIRES: `out` has room for kOpusPayloadBytesMax.
  size_t Encode(std::span<const int16_t> frame, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // As Encode, but predicts nothing from the frames before: a decoder of another stream of the same
  // sound can go on from here. Sounds a little worse than a frame that does.
  size_t EncodeUnpredicted(std::span<const int16_t> frame,
                           std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // What may change between frames; ranges as in OpusEncoderConfig.
  void SetBitrate(uint32_t bitrate_bps) PARLEY_NONBLOCKING;
  void SetComplexity(uint32_t complexity) PARLEY_NONBLOCKING;
  void SetExpectedLoss(uint32_t percent) PARLEY_NONBLOCKING;

 private:
  std::unique_ptr<std::byte[]> state_;
};

}  // namespace parley
