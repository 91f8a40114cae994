// The datagram port over UDP sockets: one recvmmsg for each Receive, one recvmsg for each
// ReceiveOne, one send for each Send.
// One thread. Allocates at construction only.

#pragma once

#include <memory>

#include "net/datagram_port.h"

namespace parley {

class UdpPort final : public DatagramPort {
 public:
  UdpPort();
  ~UdpPort() override;
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;

  // What it takes beyond the object.
  static size_t Bytes();

  std::span<const Datagram> Receive(int descriptor, int64_t now_ns,
                                    int64_t now_wall_ns) PARLEY_NONBLOCKING override;
  std::span<const Datagram> ReceiveOne(int descriptor, const Address& peer, int64_t now_ns,
                                       int64_t now_wall_ns) PARLEY_NONBLOCKING override;
  SendResult Send(int descriptor, const Address& to,
                  std::span<const uint8_t> bytes) PARLEY_NONBLOCKING override;
  bool Connect(int descriptor, const Address& to) PARLEY_NONBLOCKING override;
  void Disconnect(int descriptor) PARLEY_NONBLOCKING override;

  // Datagrams dropped because they were larger than kDatagramBytesMax.
  uint64_t oversized() const { return oversized_; }

 private:
  struct Batch;  // buffers and headers handed to the kernel, about 40 KiB

  std::unique_ptr<Batch> batch_;
  uint64_t oversized_ = 0;
};

}  // namespace parley
