// The datagram port over UDP sockets: a system call for each of what is asked.
// One thread. Allocates nothing.

#pragma once

#include <array>

#include "net/datagram_port.h"

namespace parley {

// About 2 KiB.
class UdpPort final : public DatagramPort {
 public:
  UdpPort() = default;
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;

  std::optional<Datagram> Receive(int descriptor) PARLEY_NONBLOCKING override;
  std::optional<std::span<uint8_t>> ReceiveOfPeer(int descriptor) PARLEY_NONBLOCKING override;
  int64_t ArrivalNs(int descriptor, int64_t now_ns,
                    int64_t now_wall_ns) PARLEY_NONBLOCKING override;
  SendResult Send(int descriptor, const Address& to,
                  std::span<const uint8_t> bytes) PARLEY_NONBLOCKING override;
  bool Connect(int descriptor, const Address& to) PARLEY_NONBLOCKING override;
  void Disconnect(int descriptor) PARLEY_NONBLOCKING override;

  // Datagrams dropped because they were larger than kDatagramBytesMax.
  uint64_t oversized() const { return oversized_; }

 private:
  template <typename Ask>
  std::optional<std::span<uint8_t>> Take(Ask ask);

  std::array<uint8_t, kDatagramBytesMax> bytes_;
  uint64_t oversized_ = 0;
};

}  // namespace parley
