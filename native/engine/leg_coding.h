// What an open_leg or update_leg record says of how a leg is coded, and whether a leg can be.

#pragma once

#include <cstdint>

#include "codecs/codec.h"
#include "codecs/opus_codec.h"
#include "engine/layout.generated.h"

namespace parley {

inline constexpr uint32_t kPayloadTypeMax = 127;

// REQUIRES, for both: IsCoding(command).
CodecFormat FormatOf(const layout::OpenLeg& command);
OpusEncoderConfig OpusConfigOf(const layout::OpenLeg& command);

// True for a codec, rate and channels that a leg of its transport can have.
bool IsCoding(const layout::OpenLeg& command);

// True when the payload types beside the leg's own are for codecs of the same RTP clock.
bool AreOthers(const layout::OpenLeg& command);

// True for a clock of telephone events that the codec's can be taken apart into.
bool IsEventClock(const layout::OpenLeg& command);

// True for lengths of packets and delay within their ranges.
bool IsTimed(const layout::OpenLeg& command);

}  // namespace parley
