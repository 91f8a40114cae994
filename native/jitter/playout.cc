#include "jitter/playout.h"

#include <algorithm>

#include "base/assert.h"

namespace parley {

Playout::Playout(PacketPool* pool, const JitterConfig& config, const PayloadDecoder& decoder)
    : buffer_(pool, config),
      decoder_(decoder),
      rate_hz_(config.rate_hz),
      concealment_(config.rate_hz) {
  PARLEY_ASSERT(decoder.samples != nullptr);
  PARLEY_ASSERT(decoder.decode != nullptr);
}

InsertResult Playout::Insert(const RtpPacketView& packet, int64_t arrival_ns) PARLEY_NONBLOCKING {
  return buffer_.Insert({.sequence = packet.header.sequence,
                         .timestamp = packet.header.timestamp,
                         .payload_type = packet.header.payload_type,
                         .samples = decoder_.samples(packet.payload),
                         .payload = packet.payload},
                        arrival_ns);
}

InsertResult Playout::InsertOther(const RtpHeader& header, int64_t arrival_ns) PARLEY_NONBLOCKING {
  return buffer_.Insert({.sequence = header.sequence,
                         .timestamp = header.timestamp,
                         .payload_type = header.payload_type,
                         .samples = 0,
                         .payload = {}},
                        arrival_ns);
}

FrameKind Playout::PullFrame(int64_t now_ns, std::span<int16_t> frame) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(frame.size() == FrameSamples(rate_hz_));
  uint32_t filled = TakeRest(frame);
  bool has_sound = filled > 0;
  bool is_fill_audible = false;
  bool is_missing = false;
  bool is_starved = false;
  while (filled < frame.size()) {
    const std::span<int16_t> out = frame.subspan(filled);
    const PullResult piece = buffer_.Pull(now_ns, static_cast<uint32_t>(out.size()));
    if (piece.kind == PullKind::kPacket) {
      Settle(piece.resumed);
      filled += Play(piece, out);
      has_sound = true;
      continue;
    }
    is_missing |= piece.kind == PullKind::kMissing;
    is_starved |= piece.kind == PullKind::kStarved;
    is_fill_audible |= concealment_.Fill(out.first(piece.samples));
    filled += piece.samples;
  }
  Count(has_sound, is_missing, is_starved);
  if (is_fill_audible || (has_sound && (is_missing || is_starved))) return FrameKind::kConcealed;
  return has_sound ? FrameKind::kPlayed : FrameKind::kSilent;
}

void Playout::Reset() PARLEY_NONBLOCKING {
  buffer_.Reset();
  Settle(Resumed::kAfterPause);
}

uint32_t Playout::playout_delay_us() const {
  const int64_t samples = int64_t{buffer_.held_samples()} + (rest_end_ - rest_begin_);
  return static_cast<uint32_t>(SamplesToNs(samples, rate_hz_) / kNsPerUs);
}

uint32_t Playout::frame_timestamp() const {
  return buffer_.play_timestamp() - (rest_end_ - rest_begin_) - FrameSamples(rate_hz_);
}

uint32_t Playout::TakeRest(std::span<int16_t> out) {
  const auto taken = static_cast<uint32_t>(std::min<size_t>(out.size(), rest_end_ - rest_begin_));
  std::copy_n(rest_.begin() + rest_begin_, taken, out.begin());
  rest_begin_ += taken;
  return taken;
}

// Decodes straight into the frame when all of the packet fits there.
uint32_t Playout::Play(const PullResult& piece, std::span<int16_t> out) {
  if (piece.is_jump) concealment_.Jump();
  const bool fits = piece.samples <= out.size();
  const std::span<int16_t> sound = (fits ? out : std::span<int16_t>(rest_)).first(piece.samples);
  decoder_.decode(decoder_.context, piece.payload, sound);
  concealment_.Pass(sound);
  if (fits) return piece.samples;
  rest_begin_ = 0;
  rest_end_ = piece.samples;
  return TakeRest(out);
}

// Counts the frames of which nobody knew whether sound was missing or the sender paused.
void Playout::Settle(Resumed resumed) {
  if (resumed == Resumed::kNo) return;
  (resumed == Resumed::kAfterLoss ? counters_.concealed : counters_.silent) += undecided_frames_;
  undecided_frames_ = 0;
}

void Playout::Count(bool has_sound, bool is_missing, bool is_starved) {
  if (is_missing) {
    ++counters_.concealed;
  } else if (is_starved) {
    ++undecided_frames_;
  } else if (has_sound) {
    ++counters_.played;
  } else {
    // Silence for good: the wait before it was the end of the sound.
    Settle(Resumed::kAfterPause);
    ++counters_.silent;
  }
}

}  // namespace parley
