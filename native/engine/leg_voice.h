// What is judged of a leg's voice in each of its turns, what is done to it, and what is kept.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "engine/layout.generated.h"
#include "engine/leg.h"
#include "engine/stats.h"
#include "jitter/playout.h"

namespace parley {

// All on the engine's thread; real-time safe.

// Takes the frame of this turn as it was decoded, before anything else is done to it.
void NoteFrame(Leg& leg, FrameKind kind, std::span<const int16_t> decoded) PARLEY_NONBLOCKING;

// Judges the frame of this turn. REQUIRES: its level was measured.
SpeechChange HearVoice(Leg& leg, Stats& stats) PARLEY_NONBLOCKING;

// Gate and gain, where they were asked for. REQUIRES: HearVoice was called for this turn.
void ShapeVoice(Leg& leg, std::span<int16_t> input) PARLEY_NONBLOCKING;

// Writes the fields of the leg's slot that are about its voice.
void PublishVoice(const Leg& leg, layout::LegSlot& slot) PARLEY_NONBLOCKING;

}  // namespace parley
