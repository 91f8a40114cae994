#include "g711.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace parley::load {
namespace {

struct Step {
  int sample;
  uint8_t code;
};

std::array<Step, 256> StepsInOrder() {
  std::array<Step, 256> steps{};
  for (int code = 0; code < 256; ++code) {
    steps[static_cast<size_t>(code)] = {.sample = ExpandMuLaw(static_cast<uint8_t>(code)),
                                        .code = static_cast<uint8_t>(code)};
  }
  std::ranges::sort(steps, {}, &Step::sample);
  return steps;
}

}  // namespace

int ExpandMuLaw(uint8_t code) {
  const int bits = ~code & 0xff;
  const int magnitude = ((((bits & 15) << 1) + 33) << ((bits >> 4) & 7)) - 33;
  return ((bits & 0x80) != 0 ? -magnitude : magnitude) * 4;
}

uint8_t CompressMuLaw(int sample) {
  static const std::array<Step, 256> steps = StepsInOrder();
  const auto above = std::ranges::lower_bound(steps, sample, {}, &Step::sample);
  if (above == steps.begin()) return steps.front().code;
  if (above == steps.end()) return steps.back().code;
  const auto below = above - 1;
  return above->sample - sample < sample - below->sample ? above->code : below->code;
}

}  // namespace parley::load
