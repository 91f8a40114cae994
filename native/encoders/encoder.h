// Coding the file of a recording, piece by piece, with the libraries of each coding. On threads of
// jobs: it allocates, and takes as long as it takes. One encoder is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace parley::encoders {

enum class Coding : uint8_t { kMp3, kFlac, kOpus };

struct Format {
  // 8000, 16000 or 48000: all that every one of these codings takes.
  uint32_t rate_hz;
  // 1 or 2.
  uint32_t channels;
  // Samples of each channel that will be given; said in the head of a FLAC file.
  uint64_t samples;
  // Bits a second; of MP3 one of its own steps. FLAC has none.
  uint32_t bitrate_bps;
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Adds to `out` what `samples`, interleaved, make. Of Opus: each packet behind its length in two
  // bytes, the lower first. False when the library failed: nothing more comes of it.
  virtual bool Encode(std::span<const int16_t> samples, std::vector<uint8_t>& out) = 0;

  // The last of it. Of Opus, whose packets are of 20 ms, silence fills the last one.
  virtual bool Finish(std::vector<uint8_t>& out) = 0;

  // What must stand at the start of the file in place of what was written there; known after
  // Finish. Empty: nothing.
  virtual std::vector<uint8_t> Head() = 0;

  // Samples of silence that a decoder gives before those that were encoded; of Opus at 48 kHz.
  virtual uint32_t DelaySamples() const = 0;
};

// Null for a format that the library does not take.
std::unique_ptr<Encoder> MakeMp3Encoder(const Format& format);
std::unique_ptr<Encoder> MakeFlacEncoder(const Format& format);
std::unique_ptr<Encoder> MakeOpusEncoder(const Format& format);
std::unique_ptr<Encoder> MakeEncoder(Coding coding, const Format& format);

}  // namespace parley::encoders
