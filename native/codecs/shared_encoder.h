// One encoder of a stream of frames for all who hear it coded alike, whoever's the frames are.
//
// The decoder of each who follows stands where the encoder stands. Another who hears the same in a
// coding with state, from an encoder of its own, can come to follow only where that makes no seam:
//   Opus   in a frame after others of quiet, where decoders forget, or in one that is coded without
//          prediction. That one frame sounds a little worse to all, so it is coded at most once a
//          second, for all who wait.
//   G.722  when the two encoders are the same. Its own leads its far end there (EncodeTowards).

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "codecs/codec.h"
#include "codecs/frame_encoder.h"

namespace parley {

// Of a codec with state: Opus, or G.722 at 64 kbit/s.
inline constexpr size_t kSharedPayloadBytesMax = kOpusPayloadBytesMax;

// One thread; real-time safe; no memory beyond the object, about 1.8 KiB, and the Opus encoder it
// is given.
class SharedEncoder {
 public:
  static constexpr uint64_t kNoTurn = UINT64_MAX;
  // A frame that can hardly be heard, in dBov below 0, and how many of them an encoder has coded
  // before others can come in.
  static constexpr uint32_t kQuietDbov = 60;
  static constexpr uint32_t kQuietFrames = 3;
  // Frames from one without prediction to the next.
  static constexpr uint32_t kJoinFramesApart = 50;

  // Goes on where `encoder` left off, with its Opus encoder; `is_new` when that has coded nothing
  // yet. `expects_loss`: for those whose far ends lose packets. REQUIRES: !encoder.is_stateless().
  void Open(const FrameEncoder& encoder, bool is_new, bool expects_loss) PARLEY_NONBLOCKING;

  FrameEncoder& encoder() { return encoder_; }
  const FrameEncoder& encoder() const { return encoder_; }

  // True when what it makes of a sound is what `other` would send: of the same coding.
  bool IsLike(const FrameEncoder& other, bool expects_loss) const PARLEY_NONBLOCKING;
  bool expects_loss() const { return expects_loss_; }

  // Codes the frame of `turn`, other than kNoTurn, unless it has been coded; true if it did now.
  // `level_dbov`: of the frame (RFC 6464).
  bool Encode(uint64_t turn, std::span<const int16_t> frame,
              uint32_t level_dbov) PARLEY_NONBLOCKING;

  // Of the frame coded last; empty when nothing needs to be sent.
  std::span<const uint8_t> payload() const { return std::span(payload_).first(payload_bytes_); }
  uint64_t turn() const { return turn_; }
  // That frame was without prediction, for those who wait.
  bool is_join_frame() const { return is_join_frame_; }

  // Whether one who has heard the same from an encoder of its own, or has heard nothing at all, can
  // follow from the frame coded last on.
  bool CanJoin(bool has_heard_nothing) const PARLEY_NONBLOCKING;

  // Whether one whose own encoder has coded the last frame, too, can follow from the next on.
  bool IsReachedBy(const FrameEncoder& own) const PARLEY_NONBLOCKING;

  // Somebody waits for a frame to join at.
  void WantJoinFrame() PARLEY_NONBLOCKING { is_join_wanted_ = true; }

  // Codes the frame coded last for one who waits, by its own encoder. REQUIRES: of G.722.
  size_t EncodeTowards(FrameEncoder& own, std::span<uint8_t> out) const PARLEY_NONBLOCKING;

  // What one of those who follow reports lost in `turn`, 0 to 100: the most of a turn is what the
  // next expects.
  void NoteLoss(uint64_t turn, uint32_t percent) PARLEY_NONBLOCKING;

 private:
  FrameEncoder encoder_;
  G722Encoder g722_before_;  // the frame coded last
  bool expects_loss_ = false;
  bool is_beginning_ = false;  // the frame coded last is the first of the stream
  bool is_join_wanted_ = false;
  bool is_join_frame_ = false;
  uint64_t turn_ = kNoTurn;
  uint64_t loss_turn_ = kNoTurn;
  uint32_t loss_percent_ = 0;
  uint32_t frames_ = 0;             // coded here; stays at its largest
  uint32_t frames_since_join_ = 0;  // likewise
  uint32_t quiet_frames_ = 0;       // in a row, the one coded last among them; likewise
  size_t payload_bytes_ = 0;
  std::array<uint8_t, kSharedPayloadBytesMax> payload_;
};

}  // namespace parley
