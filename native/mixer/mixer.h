// One tick of one room: what every listener hears, from everybody's frames.
//
//   T = exact sum of all frames given to the room
//   a listener that gave a frame to the room hears T - own + whispers to it
//   a listener that gave none but is whispered to hears T + whispers to it
//   all other listeners hear T: they are one mix class, mixed and limited once
//   an exception hears what it would, or nothing, changed as MixExceptions says
//
// A whisper is added for its target alone and is never part of T. The cost is proportional to the
// number of legs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "mixer/limiter.h"

namespace parley {

// Where a leg's frame of this tick goes.
enum class Voice : uint8_t {
  kNobody,
  kRoom,
  kWhisper,  // to MixLeg::whisper_to alone
};

// What a leg heard in the last tick it took part in.
enum class MixClass : uint8_t {
  kNone,     // nothing: it does not hear the room
  kShared,   // the room's shared mix: RoomMix says where it is
  kOwn,      // a mix of its own, in MixLeg::output
  kStation,  // a player and nothing else, as all who hear that: no mix, and not said by Mixer
};

// Sound that some legs are given besides the room, or hear the room without: exceptions to what all
// hear.
class MixExceptions {
 public:
  virtual ~MixExceptions() = default;
  // Adds to the mix of one leg what it alone hears, and takes out of it what it alone does not.
  // `leg`: index into the legs of the same call.
  virtual void Apply(size_t leg, std::span<int32_t> mix) PARLEY_NONBLOCKING = 0;
};

// What the mixer remembers of one leg from tick to tick; a plain value. Start afresh when the leg
// changes room.
struct LegMix {
  MixClass mix_class = MixClass::kNone;
  bool is_waiting = false;  // the leg's own mix, as MixLeg::may_wait says
  Limiter limiter;          // of the leg's own class
};

// What the mixer remembers of one room from tick to tick; a plain value. Start afresh when the
// room changes its rate.
struct RoomMix {
  Limiter limiter;            // of the shared class
  bool shared_heard = false;  // the shared class had a listener in the last tick
};

// One leg in one tick.
struct MixLeg {
  std::span<const int16_t> input;  // its frame; not read when voice is kNobody
  Voice voice = Voice::kNobody;
  bool hears_room = false;
  bool is_exception = false;  // it gets a mix of its own, with MixExceptions applied
  // A mix of its own that is T - own and nothing more is not made, but left to MixWaiting.
  bool may_wait = false;
  // Index into the legs of the same call. A target out of range, deaf to the room, or the leg
  // itself means the whisper is heard by nobody.
  uint32_t whisper_to = 0;
  std::span<int16_t> output;  // written only when the leg gets a mix of its own
  LegMix* state = nullptr;    // never null; state->mix_class says afterwards what it heard
};

// What the legs of one call give to a mix that more of them may be part of.
struct MixShare {
  uint32_t contributors = 0;      // legs in the sum
  uint32_t shared_listeners = 0;  // legs of the shared class
  // Of the first of these, when it heard a mix of its own in the last tick.
  std::optional<Limiter> seed;
};

// What one call did.
struct MixSummary {
  uint32_t contributors = 0;  // legs in T
  uint32_t shared_listeners =
      0;                       // legs of the shared class; when 0, the shared output is not written
  uint32_t mixes = 0;          // mix classes mixed
  uint32_t mixes_limited = 0;  // of these, how many the limiter changed
};

// Scratch memory for rooms mixed one after another on one thread. Not thread-safe; allocates in
// the constructor only, then real-time safe. About 8 KB + 8 bytes for each leg.
class Mixer {
 public:
  static constexpr size_t kLegsMax =
      65'000;  // with as many sounds beyond 65,535 an int32 sum could overflow

  // REQUIRES: legs_max <= kLegsMax.
  explicit Mixer(size_t legs_max);

  Mixer(const Mixer&) = delete;
  Mixer& operator=(const Mixer&) = delete;

  // What it takes beyond the object.
  static size_t BytesFor(size_t legs_max);

  // Sounds of no leg that are in T as well.
  using Sounds = std::span<const std::span<const int16_t>>;

  // Mixes one tick. The shared mix goes to `shared_output` when anybody hears it.
  // `exceptions` is asked in the order of the legs; null when no leg is one.
  // REQUIRES: legs.size() <= legs_max; shared_output and all inputs and outputs that are used have
  // the same size, one of 160, 320, 480 and 960; outputs overlap nothing.
  MixSummary Mix(std::span<const MixLeg> legs, RoomMix& room, std::span<int16_t> shared_output,
                 Sounds sounds = {}, MixExceptions* exceptions = nullptr);

  // The same in two steps, for legs that are not all of a room. First what these give to it: T of
  // theirs alone is in sum() afterwards. Then, with T of all in total(), what they hear: `all` has
  // the listeners of the shared class everywhere and the seed of the first, and the shared output
  // is written when there is one anywhere, so that all go on with the same limiter. REQUIRES: the
  // same legs; between the two other rooms may be mixed.
  MixShare Share(std::span<const MixLeg> legs, size_t frame_samples, Sounds sounds);
  MixSummary MixTotal(std::span<const MixLeg> legs, RoomMix& room, std::span<int16_t> shared_output,
                      const MixShare& all, MixExceptions* exceptions);
  std::span<int32_t> total(size_t frame_samples) { return std::span(sum_).first(frame_samples); }

  // The mix that was left in `state`, from T of that call and the leg's frame as it was then; true
  // when the limiter acted. REQUIRES: state.is_waiting; sizes equal, as in Mix; no overlap.
  bool MixWaiting(std::span<const int32_t> sum, std::span<const int16_t> input, LegMix& state,
                  std::span<int16_t> output);

  // T of the last call, whether or not anybody hears it.
  std::span<const int32_t> sum(size_t frame_samples) const {
    return std::span(sum_).first(frame_samples);
  }

 private:
  // Fills sum_ with T; returns the number of frames in it.
  uint32_t Sum(std::span<const MixLeg> legs, Sounds sounds, size_t frame_samples);
  // Who is in the shared class, of legs whose whispers are linked.
  bool HearsShared(std::span<const MixLeg> legs, size_t listener) const;
  // Of those with a mix of their own, whose whispers are linked.
  bool IsPlain(std::span<const MixLeg> legs, size_t listener) const;
  MixShare ShareOf(std::span<const MixLeg> legs) const;
  MixSummary MixClasses(std::span<const MixLeg> legs, RoomMix& room,
                        std::span<int16_t> shared_output, const MixShare& all,
                        MixExceptions* exceptions);
  // Lists the whispers to each target.
  void LinkWhispers(std::span<const MixLeg> legs);
  // T - own for one listener; true when the limiter acted.
  bool MixMinus(std::span<const int32_t> sum, std::span<const int16_t> input, Limiter& limiter,
                std::span<int16_t> output);
  // Mixes for one listener alone; true when the limiter acted.
  bool MixOwn(std::span<const MixLeg> legs, size_t listener, size_t frame_samples,
              MixExceptions* exceptions);

  std::vector<int32_t> sum_;             // T
  std::vector<int32_t> own_;             // the class being mixed, where one pass will not do
  std::vector<uint32_t> first_whisper_;  // by target: a leg that whispers to it, or none
  std::vector<uint32_t> next_whisper_;   // by such a leg: the next with the same target, or none
};

}  // namespace parley
