// What became of a command.

#pragma once

#include <cstdint>

namespace parley {

enum class Outcome : uint8_t {
  kDone,
  kIgnored,  // about an older generation of its slot
  kRefused,  // not valid for the state it met
};

}  // namespace parley
