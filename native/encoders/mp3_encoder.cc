// MP3 by LAME. The first frame is kept free for its tag, which says how many samples the decoder is
// to drop at both ends: a file with it is as long as the recording, to the sample.
#include <lame/lame.h>

#include <algorithm>

#include "encoders/encoder.h"

namespace parley::encoders {
namespace {

constexpr int kQuality = 5;
constexpr size_t kTagBytesMax = 4096;

class Mp3Encoder final : public Encoder {
 public:
  explicit Mp3Encoder(lame_global_flags* lame, uint32_t channels)
      : lame_(lame), channels_(channels) {}
  ~Mp3Encoder() override { lame_close(lame_); }

  bool Encode(std::span<const int16_t> samples, std::vector<uint8_t>& out) override {
    const size_t frames = samples.size() / channels_;
    const size_t before = out.size();
    // As LAME's manual has it.
    out.resize(before + frames + frames / 4 + 7200);
    // It only reads them, whatever its prototype says.
    short* pcm = const_cast<int16_t*>(samples.data());
    const int count = static_cast<int>(frames);
    const int room = static_cast<int>(out.size() - before);
    const int written =
        channels_ == 1
            ? lame_encode_buffer(lame_, pcm, pcm, count, out.data() + before, room)
            : lame_encode_buffer_interleaved(lame_, pcm, count, out.data() + before, room);
    out.resize(before + static_cast<size_t>(std::max(0, written)));
    return written >= 0;
  }

  bool Finish(std::vector<uint8_t>& out) override {
    const size_t before = out.size();
    out.resize(before + 7200);
    const int written = lame_encode_flush(lame_, out.data() + before, 7200);
    out.resize(before + static_cast<size_t>(std::max(0, written)));
    return written >= 0;
  }

  std::vector<uint8_t> Head() override {
    std::vector<uint8_t> tag(kTagBytesMax);
    const size_t bytes = lame_get_lametag_frame(lame_, tag.data(), tag.size());
    tag.resize(bytes <= tag.size() ? bytes : 0);
    return tag;
  }

  uint32_t DelaySamples() const override { return 0; }

 private:
  lame_global_flags* const lame_;
  const uint32_t channels_;
};

}  // namespace

std::unique_ptr<Encoder> MakeMp3Encoder(const Format& format) {
  lame_global_flags* lame = lame_init();
  if (lame == nullptr) return nullptr;
  const int rate_hz = static_cast<int>(format.rate_hz);
  lame_set_in_samplerate(lame, rate_hz);
  lame_set_out_samplerate(lame, rate_hz);
  lame_set_num_channels(lame, static_cast<int>(format.channels));
  lame_set_mode(lame, format.channels == 1 ? MONO : STEREO);
  lame_set_brate(lame, static_cast<int>(format.bitrate_bps / 1000));
  lame_set_quality(lame, kQuality);
  // Loudness stays as it is, and nothing is cut off at the top.
  lame_set_scale(lame, 1);
  lame_set_bWriteVbrTag(lame, 1);
  if (lame_init_params(lame) >= 0) return std::make_unique<Mp3Encoder>(lame, format.channels);
  lame_close(lame);
  return nullptr;
}

}  // namespace parley::encoders
