// FNV-1a over words: tells sounds apart.

#pragma once

#include <cstdint>

namespace parley::load {

class Fnv {
 public:
  void Add(uint32_t word) { value_ = (value_ ^ word) * 0x01000193; }
  uint32_t value() const { return value_; }

 private:
  uint32_t value_ = 0x811c9dc5;
};

}  // namespace parley::load
