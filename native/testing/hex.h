// Test support: bytes written as hex digits, as the RFCs print them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace parley::testing {

inline std::vector<uint8_t> FromHex(std::string_view digits) {
  const auto value = [](char digit) {
    return static_cast<uint8_t>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  };
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(value(digits[i]) << 4 | value(digits[i + 1])));
  }
  return bytes;
}

}  // namespace parley::testing
