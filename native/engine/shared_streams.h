// Who is coded with whom. Each leg whose codec has a state is coded by an encoder of its own, or
// follows the one that codes a stream of frames for all who hear it: the shared mix of a room,
// silence, music. Prose: docs/codecs.md.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/object_pool.h"
#include "base/realtime.h"
#include "codecs/frame_encoder.h"
#include "codecs/shared_encoder.h"

namespace parley {

// Where in the tick's Outgoing a coded frame lies: `begin` is that of the room for an RTP header
// before it.
struct CodedFrame {
  uint32_t begin = 0;
  uint32_t bytes = 0;  // of the frame alone; 0 when there is nothing to send
};

struct SharedGroup;

// A stream of frames that several may hear: to be kept by whoever makes the frames, for as long as
// anybody follows. One turn of it is one frame. A plain value while nobody follows.
struct SharedStream {
  SharedGroup* first = nullptr;  // of those who follow: one group for each way to be coded
};

// Those who follow one encoder.
struct SharedGroup {
  SharedEncoder encoder;
  SharedStream* stream = nullptr;
  SharedGroup* next = nullptr;
  uint32_t followers = 0;
  bool is_apart =
      false;  // they have just been opened, and wait to follow the others of their coding
  // The payload's place in the Outgoing of a piece of a batch.
  uint64_t piece = 0;
  CodedFrame coded;
};

// How one leg is coded.
struct LegEncoder {
  FrameEncoder own;              // without an Opus encoder while it follows
  SharedGroup* group = nullptr;  // that it follows
  bool is_new = true;            // has coded nothing
  // Since it last heard anything of its own; stays at its largest. Who is new need not wait.
  uint32_t turns_alike = UINT32_MAX;
  bool expects_loss = false;  // its far end loses packets, and wants FEC
};

// What has been done since the start.
struct SharingCounts {
  uint64_t forks = 0;        // legs that went on from a shared encoder with their own
  uint64_t rejoins = 0;      // legs that came to follow one
  uint64_t join_frames = 0;  // coded without prediction
  uint64_t full = 0;         // turns of legs that might have shared, but for the bound
  uint64_t groups = 0;       // now
};

// One thread. Allocates in the constructor only; real-time safe afterwards. Invariants:
// 1. An encoder is in use by one leg for itself, or by one group, which has followers, and those
//    have none. So there are never more in use than legs, and a leg that needs its own gets it.
// 2. What a leg follows has coded every frame the leg was sent, and no other.
class SharedStreams {
 public:
  // Legs that have heard the same for so many turns, 0.5 s, come to share.
  static constexpr uint32_t kAlikeTurns = 25;
  // And after so many, 2 s, do not wait for quiet.
  static constexpr uint32_t kWaitTurns = 100;
  // A far end that loses so much is coded with those that do; and with the others again below.
  static constexpr uint32_t kLossPercent = 3;
  static constexpr uint32_t kNoLossPercent = 1;

  // Memory for encoders of Opus for `opus_legs_max`, and for groups: half as many as legs, since
  // one leg alone has nothing to share. Who has just come and finds no group goes on alone.
  SharedStreams(uint32_t legs_max, uint32_t opus_legs_max);
  SharedStreams(const SharedStreams&) = delete;
  SharedStreams& operator=(const SharedStreams&) = delete;

  // What it takes beyond the object and libopus.
  static size_t BytesFor(uint32_t legs_max, uint32_t opus_legs_max);

  // Begins to code a leg, by itself. REQUIRES: of Opus, fewer than opus_legs_max are open.
  void Open(LegEncoder& leg, const CodecFormat& format,
            const OpusEncoderConfig& config) PARLEY_NONBLOCKING;

  // The leg is coded no more, or anew. Of a leg that is not open: nothing.
  void Close(LegEncoder& leg) PARLEY_NONBLOCKING;

  // From now on the leg hears something else than it did: it goes on with an encoder of its own,
  // which is to the bit as the one it followed. To be called before the frame is coded from which
  // on it does: at once when a command says so.
  void Fork(LegEncoder& leg) PARLEY_NONBLOCKING;

  // What the leg's far end reports lost in `turn`, 0 to 100. To be called before Encode. Who is to
  // be coded apart from those it follows leaves at once, or, when they are others' and the frame is
  // coded, behind it.
  void NoteLoss(LegEncoder& leg, uint64_t turn, uint32_t percent) PARLEY_NONBLOCKING;

  // A turn of a leg that hears the frame of `stream`, at the rate of its codec, as all who hear it
  // do. `level_dbov`: of the frame.
  struct Turn {
    // Whose payload it is sent; null when it is coded by itself, by EncodeOwn.
    SharedGroup* group = nullptr;
    // Waits to follow this one, of G.722.
    SharedGroup* towards = nullptr;
    bool is_coded_now = false;  // that payload
    uint32_t encodes = 0;       // made now
  };
  Turn Encode(SharedStream& stream, LegEncoder& leg, uint64_t turn, std::span<const int16_t> frame,
              uint32_t level_dbov) PARLEY_NONBLOCKING;

  // Codes a frame for a leg that follows nobody; `towards`: as Encode said. Returns the bytes.
  size_t EncodeOwn(LegEncoder& leg, SharedGroup* towards, std::span<const int16_t> frame,
                   std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // From now on Opus is coded with no more effort than this, 0 to kOpusComplexityMax.
  void LimitComplexity(uint32_t most) PARLEY_NONBLOCKING { complexity_max_ = most; }

  const SharingCounts& counts() const { return counts_; }

 private:
  // The frame of a turn.
  struct Frame {
    uint64_t turn;
    std::span<const int16_t> samples;
    uint32_t level_dbov;
  };

  // Codes the frame, if it was not yet; true if it did now.
  bool Encode(SharedGroup& group, const Frame& frame);
  void ComeTogether(SharedStream& stream, LegEncoder& leg, const Frame& frame, Turn& result);
  void BeginApart(SharedStream& stream, LegEncoder& leg, uint64_t turn);
  SharedGroup* Find(const SharedStream& stream, const LegEncoder& leg) const;
  SharedGroup* Found(SharedStream& stream, LegEncoder& leg);
  void Follow(SharedGroup& group, LegEncoder& leg);
  void Leave(LegEncoder& leg);

  ObjectPool<OpusFrameEncoder> encoders_;
  std::vector<SharedGroup> groups_;
  std::vector<SharedGroup*> free_;
  SharingCounts counts_;
  uint32_t complexity_max_ = kOpusComplexityMax;
};

}  // namespace parley
