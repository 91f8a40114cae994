// One leg's received sound as the mixer wants it: exactly one 20 ms frame at each call, whatever
// the packets hold. Jitter buffer, decoder, rest of long packets and concealment in one place.
//
// One thread. Real-time safe: no memory beyond the object (about 10 KiB) and the pool's chunks. The
// pool must outlive it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "base/units.h"
#include "jitter/concealment.h"
#include "jitter/jitter_buffer.h"
#include "jitter/packet_pool.h"
#include "rtp/rtp_packet.h"

namespace parley {

// A codec as seen from here: two functions of its payloads, and what they need.
struct PayloadDecoder {
  // Samples that `payload` holds; 0 when it holds none or is malformed. Called at arrival.
  uint32_t (*samples)(std::span<const uint8_t> payload) = nullptr;
  // Decodes into `out`, whose size is samples(payload). Called in playing order.
  void (*decode)(void* context, std::span<const uint8_t> payload, std::span<int16_t> out) = nullptr;
  void* context = nullptr;
};

enum class FrameKind : uint8_t {
  kPlayed,     // all of it came from packets
  kConcealed,  // some of it stands in for what is not there, and can be heard
  kSilent,     // all zero: nothing is sent, or the gap has faded out
};

// Frames since construction. Frames of a gap are counted when it is known whether the sender
// paused (silent) or sound was lost or late (concealed), at the latest after a second.
struct PlayoutCounters {
  uint64_t played = 0;
  uint64_t concealed = 0;
  uint64_t silent = 0;
};

class Playout {
 public:
  // `decoder` is copied; its context must outlive this. REQUIRES: both functions set.
  Playout(PacketPool* pool, const JitterConfig& config, const PayloadDecoder& decoder);

  // Takes one packet of the leg's payload type that arrived at `arrival_ns`. Payloads that the
  // decoder finds no sound in keep their place in the sequence and play nothing.
  InsertResult Insert(const RtpPacketView& packet, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // Takes a packet whose payload is not for the decoder (telephone event, comfort noise), so that
  // its sequence number is not taken for a loss.
  InsertResult InsertOther(const RtpHeader& header, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // Fills `frame` with the next 20 ms. REQUIRES: frame.size() == FrameSamples(rate_hz).
  FrameKind PullFrame(int64_t now_ns, std::span<int16_t> frame) PARLEY_NONBLOCKING;

  // The stream begins anew (RtpVerdict::kAcceptFresh): packets held are dropped, what sounds fades.
  void Reset() PARLEY_NONBLOCKING;

  // RTP timestamp of the first sample of the newest frame; of use only when it was played.
  uint32_t frame_timestamp() const;

  const PlayoutCounters& counters() const { return counters_; }
  const JitterCounters& packets() const { return buffer_.counters(); }
  uint32_t packets_held() const { return buffer_.held(); }
  // Sound now waiting to be played.
  uint32_t playout_delay_us() const;

 private:
  uint32_t TakeRest(std::span<int16_t> out);
  uint32_t Play(const PullResult& piece, std::span<int16_t> out);
  void Settle(Resumed resumed);
  void Count(bool has_sound, bool is_missing, bool is_starved);

  JitterBuffer buffer_;
  PayloadDecoder decoder_;
  uint32_t rate_hz_;
  Concealment concealment_;
  std::array<int16_t, kPacketSamplesMax> rest_;  // decoded, not yet played
  uint32_t rest_begin_ = 0;
  uint32_t rest_end_ = 0;
  uint32_t undecided_frames_ = 0;
  PlayoutCounters counters_;
};

}  // namespace parley
