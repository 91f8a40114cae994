#include "engine/lane_media.h"

#include <algorithm>

#include "base/units.h"
#include "engine/shared_word.h"

namespace parley {

LaneMedia::LaneMedia(uint32_t lane, std::span<uint8_t> memory, const CodecFormat& format,
                     uint32_t jitter_ms)
    : lane_(lane), format_(format) {
  const size_t frame_bytes = PayloadBytes(format, FrameSamples(format.rate_hz));
  frames_.Open(memory, static_cast<uint32_t>(frame_bytes), jitter_ms / kFrameMs);
}

FrameKind LaneMedia::PullFrame(std::span<int16_t> frame, Stats& stats) PARLEY_NONBLOCKING {
  const Lane::Turn turn = frames_.Next();
  if (turn.starved) ++stats->lane_frames_starved;
  if (turn.frame.empty()) {
    ++stats->frames_silent;
    std::ranges::fill(frame, int16_t{0});
    return FrameKind::kSilent;
  }
  DecodeFrame(format_, turn.frame, frame);
  frames_.Pop();
  ++frames_received_;
  ++stats->lane_frames_received;
  ++stats->frames_played;
  return FrameKind::kPlayed;
}

void LaneMedia::Send(std::span<const uint8_t> coded, bool has_voice,
                     Stats& stats) PARLEY_NONBLOCKING {
  if (frames_.Push(coded, has_voice)) {
    ++frames_sent_;
    ++stats->lane_frames_sent;
  } else {
    ++frames_overflow_;
    ++stats->lane_frames_overflow;
  }
}

void LaneMedia::Publish(layout::LegSlot& slot) const PARLEY_NONBLOCKING {
  StoreRelaxed(slot.packets_received, frames_received_);
  StoreRelaxed(slot.packets_sent, frames_sent_);
  StoreRelaxed(slot.packets_overflow, frames_overflow_);
  StoreRelaxed(slot.playout_delay_us, frames_.waiting() * kFrameMs * uint32_t{kNsPerMs / kNsPerUs});
}

}  // namespace parley
