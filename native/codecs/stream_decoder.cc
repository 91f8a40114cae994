#include "codecs/stream_decoder.h"

#include <algorithm>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kConcealStepsPerSecond = 400;

}  // namespace

StreamDecoder::StreamDecoder(const PayloadFormats& formats, OpusFrameDecoder* opus)
    : formats_(formats), opus_(opus) {
  PARLEY_ASSERT((opus != nullptr) == (formats[0].format.codec == layout::Codec::kOpus));
  if (opus_ != nullptr) opus_->Open(rate_hz());
}

void StreamDecoder::Rename(const PayloadFormats& formats) {
  PARLEY_ASSERT(formats[0].format == formats_[0].format);
  // The stream of its own codec goes on, under its new type.
  const bool is_own = payload_type_ == formats_[0].payload_type;
  payload_type_ = is_own ? formats[0].payload_type : PayloadFormat::kNone;
  formats_ = formats;
}

void StreamDecoder::Turn(bool is_heard) {
  is_heard_ = is_heard;
  concealed_count_ = 0;
  if (!is_heard) {
    if (opus_ != nullptr) opus_->Rest();
    return;
  }
  if (opus_ != nullptr) opus_->Wake();
  if (is_g722_resting_) g722_.Wake();
  is_g722_resting_ = false;
}

const PayloadFormat* StreamDecoder::Find(uint8_t payload_type) const {
  if (payload_type == PayloadFormat::kNone) return nullptr;
  const auto found = std::ranges::find(formats_, payload_type, &PayloadFormat::payload_type);
  return found == formats_.end() ? nullptr : &*found;
}

uint32_t StreamDecoder::Samples(uint8_t payload_type,
                                std::span<const uint8_t> payload) const PARLEY_NONBLOCKING {
  const PayloadFormat* const found = Find(payload_type);
  if (found == nullptr) return 0;
  const CodecFormat& format = found->format;
  if (format.codec == layout::Codec::kOpus) return opus_->Samples(payload);
  const uint64_t samples = PayloadSamples(format, payload.size());
  return static_cast<uint32_t>(samples * rate_hz() / format.rate_hz);
}

void StreamDecoder::Decode(uint8_t payload_type, std::span<const uint8_t> payload,
                           std::span<int16_t> out) PARLEY_NONBLOCKING {
  const PayloadFormat* const found = Find(payload_type);
  PARLEY_ASSERT(found != nullptr);
  const CodecFormat& format = found->format;
  concealed_count_ = 0;
  if (payload_type != payload_type_) {
    payload_type_ = payload_type;
    if (format.codec == layout::Codec::kG722) {
      g722_.Open();
      is_g722_resting_ = false;
    }
    resampler_.Reset(format.rate_hz, rate_hz());
  }
  if (format.rate_hz == rate_hz()) {
    DecodeNative(format, payload, out);
    return;
  }
  // A frame at a time, for packets may be longer than the resampler takes at once.
  std::array<int16_t, kFrameSamplesMax> decoded;
  const size_t step = FrameSamples(rate_hz());
  while (!out.empty()) {
    const std::span<int16_t> piece = out.first(std::min(step, out.size()));
    const std::span<int16_t> sound =
        std::span(decoded).first(piece.size() * format.rate_hz / rate_hz());
    const size_t bytes = PayloadBytes(format, sound.size());
    DecodeNative(format, payload.first(bytes), sound);
    resampler_.Process(sound, piece);
    payload = payload.subspan(bytes);
    out = out.subspan(piece.size());
  }
}

void StreamDecoder::DecodeNative(const CodecFormat& format, std::span<const uint8_t> payload,
                                 std::span<int16_t> out) {
  if (format.codec == layout::Codec::kOpus) {
    opus_->Decode(payload, out);
    return;
  }
  if (format.codec == layout::Codec::kG722 && !is_heard_) {
    if (!is_g722_resting_) g722_.Rest();
    is_g722_resting_ = true;
    g722_.Skip(payload);
    std::ranges::fill(out, int16_t{0});
    return;
  }
  const size_t decoded = format.codec == layout::Codec::kG722 ? g722_.Decode(payload, out)
                                                              : DecodeFrame(format, payload, out);
  PARLEY_ASSERT(decoded == out.size());
}

void StreamDecoder::Conceal(std::span<int16_t> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(is_opus());
  const size_t step = rate_hz() / kConcealStepsPerSecond;
  while (!out.empty()) {
    if (concealed_count_ > 0) {
      const size_t taken = std::min(concealed_count_, out.size());
      std::copy_n(concealed_.begin(), taken, out.begin());
      std::copy(concealed_.begin() + static_cast<ptrdiff_t>(taken),
                concealed_.begin() + static_cast<ptrdiff_t>(concealed_count_), concealed_.begin());
      concealed_count_ -= taken;
      out = out.subspan(taken);
      continue;
    }
    // In one piece as far as it goes: libopus fades better so.
    const size_t longest = SamplesIn(kFrameMs, rate_hz());
    const size_t whole = std::min(out.size(), longest) / step * step;
    if (whole > 0) {
      opus_->Conceal(out.first(whole));
      out = out.subspan(whole);
    } else {
      opus_->Conceal(std::span(concealed_).first(step));
      concealed_count_ = step;
    }
  }
}

bool StreamDecoder::Restore(uint8_t payload_type, std::span<const uint8_t> next,
                            std::span<int16_t> out) PARLEY_NONBLOCKING {
  if (opus_ == nullptr || payload_type != formats_[0].payload_type || out.empty()) return false;
  const size_t step = rate_hz() / kConcealStepsPerSecond;
  std::array<int16_t, kFrameSamplesMax * kOpusPacketMsMax / kFrameMs> memory;
  const size_t carried =
      std::max<size_t>(opus_->FecSamples(next), (out.size() + step - 1) / step * step);
  if (carried > memory.size()) return false;
  const std::span<int16_t> sound = std::span(memory).first(carried);
  if (!opus_->Restore(next, sound)) return false;
  concealed_count_ = 0;
  std::ranges::copy(sound.last(out.size()), out.begin());
  return true;
}

}  // namespace parley
