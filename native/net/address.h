// A UDP address. Plain value, 20 bytes.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr_storage;

namespace parley {

struct Address {
  std::array<uint8_t, 16> bytes = {};  // network byte order; IPv4 in the first four, the rest zero
  uint16_t port = 0;                   // host byte order
  uint8_t family = 0;                  // 4, 6, or 0 for none

  bool operator==(const Address&) const = default;
  bool is_set() const { return family != 0; }

  // Reads a literal IPv4 or IPv6 address: no names, no scope, no brackets. Nothing when it is none.
  static std::optional<Address> Parse(std::string_view literal, uint16_t port);

  // For people: "192.0.2.1:5004", "[2001:db8::1]:5004", "none". Allocates.
  std::string ToString() const;
};

// Writes `address` as the kernel wants it and returns the bytes used. REQUIRES: address.is_set().
uint32_t ToSockaddr(const Address& address, sockaddr_storage* out);

// The address the kernel wrote; family 0 when it is neither IPv4 nor IPv6. An IPv4 address mapped
// into IPv6 stays IPv6.
Address FromSockaddr(const sockaddr_storage& in);

}  // namespace parley
