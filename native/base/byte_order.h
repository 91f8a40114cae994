// Unsigned numbers in network byte order, at any alignment.

#pragma once

#include <cstdint>

namespace parley {

constexpr uint16_t ReadBe16(const uint8_t* from) {
  return static_cast<uint16_t>(from[0] << 8 | from[1]);
}

constexpr uint32_t ReadBe32(const uint8_t* from) {
  return uint32_t{ReadBe16(from)} << 16 | ReadBe16(from + 2);
}

constexpr void WriteBe16(uint8_t* to, uint16_t value) {
  to[0] = static_cast<uint8_t>(value >> 8);
  to[1] = static_cast<uint8_t>(value & 0xff);
}

constexpr void WriteBe32(uint8_t* to, uint32_t value) {
  WriteBe16(to, static_cast<uint16_t>(value >> 16));
  WriteBe16(to + 2, static_cast<uint16_t>(value & 0xffff));
}

}  // namespace parley
