// A measurement that is over: what was counted, and stretches of what was heard that are yet to be
// judged. It holds all that the judging needs, so that the telephones talk on meanwhile.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ear.h"
#include "line.h"
#include "voice.h"

namespace parley::load {

struct HeardStretch {
  uint32_t line = 0;
  Stretch stretch;
  std::vector<Speaker> speakers;
  // Empty when the own voice may be heard, or is none that can be told.
  std::optional<Speaker> own;
  Tolerance tolerance;
};

struct Measurement {
  Coding coding = Coding::kPcmu;
  uint64_t lines_up = 0;
  Tally tally;
  double cpu_us = 0;
  // FNV-1a over what is to be heard by all who are up: the same in every run of the same load.
  uint32_t checksum = 0;
  std::vector<HeardStretch> heard;
};

// In JSON, what was counted and how it was judged. Takes seconds; for any thread, whose scheduling
// it takes down to that of work in no hurry, and leaves there.
std::string Judge(const Measurement& measurement);

}  // namespace parley::load
