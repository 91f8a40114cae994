// Says whether a stretch of what a telephone heard is what it should have: the voices of those it
// hears, as loud as they spoke, and nothing else; above all not its own.
//
// How long a voice was on its way is not known, so it is looked for at every sample it may begin
// at: where the stretch and the voice are most alike (spectrum.h), first as all that is heard, then
// as what the others leave. All voices are fitted together, and what is left of the stretch tells
// what else there was.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "line.h"
#include "voice.h"

namespace parley::load {

// Somebody who may be heard in a stretch.
struct Speaker {
  const Voice* voice = nullptr;
  // Sample of the voice's loop that was said when the stretch began.
  int64_t says_at = 0;
};

// What a stretch may be and still be right, in dB.
struct Tolerance {
  double gain_db_max = 0;  // of each voice against how loud it was said, both ways
  double rest_db_max = 0;  // of what no voice explains, against what they do
  double own_db_max = 0;   // of the own voice, against how loud it was said
};

// `crowd`: others speak beside those that are known, softer.
Tolerance ToleranceFor(Coding coding, bool crowd);

struct Verdict {
  bool is_right = false;
  // The voice that is furthest from as loud as it was said: how far.
  double gain_db = 0;
  double rest_db = 0;
  double own_db = 0;
};

class Ear {
 public:
  explicit Ear(Coding coding) : coding_(coding) {}

  // `own` null when the own voice may be heard, or is none that can be told.
  Verdict Judge(const Stretch& stretch, std::span<const Speaker> speakers, const Speaker* own,
                const Tolerance& tolerance) const;

 private:
  Coding coding_;
};

}  // namespace parley::load
