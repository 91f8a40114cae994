#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace parley {
namespace {

// The longest literal, its end included; longer text is no address.
constexpr size_t kLiteralBytesMax = INET6_ADDRSTRLEN;
constexpr size_t kIpv4Bytes = 4;

int KernelFamily(uint8_t family) { return family == 4 ? AF_INET : AF_INET6; }

}  // namespace

std::optional<Address> Address::Parse(std::string_view literal, uint16_t port) {
  // An embedded zero would end the literal early for inet_pton.
  if (literal.size() >= kLiteralBytesMax || literal.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  char text[kLiteralBytesMax] = {};
  std::ranges::copy(literal, text);
  for (const uint8_t family : {uint8_t{4}, uint8_t{6}}) {
    Address address{.bytes = {}, .port = port, .family = family};
    if (inet_pton(KernelFamily(family), text, address.bytes.data()) == 1) return address;
  }
  return std::nullopt;
}

std::string Address::ToString() const {
  if (!is_set()) return "none";
  char text[kLiteralBytesMax] = {};
  inet_ntop(KernelFamily(family), bytes.data(), text, sizeof(text));
  std::string printed = text;
  if (family == 6) printed = '[' + printed + ']';
  return printed + ':' + std::to_string(port);
}

uint32_t ToSockaddr(const Address& address, sockaddr_storage* out) {
  PARLEY_ASSERT(address.is_set());
  if (address.family == 4) {
    sockaddr_in ipv4 = {};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(address.port);
    std::memcpy(&ipv4.sin_addr, address.bytes.data(), kIpv4Bytes);
    std::memcpy(out, &ipv4, sizeof(ipv4));
    return sizeof(ipv4);
  }
  sockaddr_in6 ipv6 = {};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(address.port);
  std::memcpy(&ipv6.sin6_addr, address.bytes.data(), address.bytes.size());
  std::memcpy(out, &ipv6, sizeof(ipv6));
  return sizeof(ipv6);
}

Address FromSockaddr(const sockaddr_storage& in) {
  Address address;
  if (in.ss_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &in, sizeof(ipv4));
    address.family = 4;
    address.port = ntohs(ipv4.sin_port);
    std::memcpy(address.bytes.data(), &ipv4.sin_addr, kIpv4Bytes);
  } else if (in.ss_family == AF_INET6) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &in, sizeof(ipv6));
    address.family = 6;
    address.port = ntohs(ipv6.sin6_port);
    std::memcpy(address.bytes.data(), &ipv6.sin6_addr, address.bytes.size());
  }
  return address;
}

}  // namespace parley
