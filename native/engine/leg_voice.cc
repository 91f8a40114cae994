#include "engine/leg_voice.h"

#include <algorithm>

#include "engine/shared_word.h"
#include "kernels/kernels.h"

namespace parley {
namespace {

// The largest sample that a codec can give: what its sender clipped comes as this. Codecs that do
// not keep samples as they were bring it near enough to the largest of all.
constexpr int16_t FullScaleOf(layout::Codec codec) {
  switch (codec) {
    case layout::Codec::kPcmu:
      return 32124;
    case layout::Codec::kPcma:
      return 32256;
    default:
      return INT16_MAX;
  }
}

}  // namespace

void NoteFrame(Leg& leg, FrameKind kind, std::span<const int16_t> decoded) PARLEY_NONBLOCKING {
  leg.input_is_received = kind == FrameKind::kPlayed;
  const int16_t full_scale = FullScaleOf(leg.format.codec);
  leg.input_is_clipped = leg.input_is_received &&
                         kernels::SamplesAtFullScale(decoded, full_scale) >= kClippedSamplesMin;
}

// Who is heard by nobody does not speak: muted, held, waiting, outside a room.
SpeechChange HearVoice(Leg& leg, Stats& stats) PARLEY_NONBLOCKING {
  if (leg.room == layout::kNone || leg.sends == layout::Sends::kNobody) {
    return leg.speech.speaking() ? leg.speech.Stop() : leg.speech.OnMissing();
  }
  const SpeechChange change =
      leg.input_is_received ? leg.speech.OnFrame(leg.input_level_dbov) : leg.speech.OnMissing();
  leg.record.Note({.level_dbov = leg.input_level_dbov,
                   .is_received = leg.input_is_received,
                   .is_speaking = leg.speech.speaking(),
                   .is_voice = leg.speech.speaking() && leg.speech.MayBeVoice(leg.input_level_dbov),
                   .is_clipped = leg.input_is_clipped});
  if (leg.input_is_clipped) ++stats->frames_clipped;
  return change;
}

void ShapeVoice(Leg& leg, std::span<int16_t> input) PARLEY_NONBLOCKING {
  const bool may_be_voice = leg.speech.MayBeVoice(leg.input_level_dbov);
  leg.shaper.Process({.level_dbov = leg.input_level_dbov,
                      .may_be_voice = may_be_voice,
                      .is_speech = leg.input_is_received && leg.speech.speaking() && may_be_voice},
                     input);
}

void PublishVoice(const Leg& leg, layout::LegSlot& slot) PARLEY_NONBLOCKING {
  const VoiceRecord& record = leg.record;
  StoreRelaxed(slot.speaking, uint32_t{leg.speech.speaking()});
  StoreRelaxed(slot.noise_dbov, leg.speech.noise_dbov());
  StoreRelaxed(slot.speech_level_dbov, record.speech_level_dbov());
  StoreRelaxed(slot.gain_cb, leg.shaper.gain_cb());
  StoreRelaxed(slot.frames_heard, uint64_t{record.heard()});
  StoreRelaxed(slot.frames_speaking, uint64_t{record.speaking()});
  StoreRelaxed(slot.frames_clipped, uint64_t{record.clipped()});
  StoreRelaxed(slot.frames_left_out, uint64_t{record.left_out()});
  // Only what this turn may have changed.
  const uint32_t bucket =
      std::min(leg.input_level_dbov / layout::kLevelBucketDb, layout::kLevelBuckets - 1);
  StoreRelaxed(slot.level_histogram[bucket], record.frames_at(bucket));
}

}  // namespace parley
