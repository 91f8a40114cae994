// A bound UDP socket. Opened and closed by the control side; the engine gets the descriptor and
// never owns it. Not real-time safe.

#pragma once

#include <cstdint>

#include "net/address.h"

namespace parley {

struct UdpSocketOptions {
  uint32_t receive_buffer_bytes = 0;  // SO_RCVBUF; 0 keeps the system's default
  uint8_t dscp = 46;                  // of packets sent: expedited forwarding (RFC 3246)
};

class UdpSocket {
 public:
  // What `Open` found: a bound, non-blocking socket, or the errno that said why not and an empty
  // one.
  struct OpenResult;

  UdpSocket() = default;
  ~UdpSocket();
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;

  // Binds `local`; port 0 lets the kernel choose. IPv6 sockets carry IPv6 only. The kernel notes
  // when a datagram came (SIOCGSTAMPNS). Options the system refuses are passed over, except binding
  // itself. REQUIRES: local.is_set().
  static OpenResult Open(const Address& local, const UdpSocketOptions& options);

  // Takes over a descriptor that Release gave away.
  static UdpSocket Adopt(int descriptor) { return UdpSocket(descriptor); }

  // Sends to, and receives from, `remote` alone from now on; errno or 0.
  int Connect(const Address& remote);

  // Closes the descriptor now. Idempotent.
  void Close();

  // Gives the descriptor away; the caller closes it.
  int Release();

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  // Address and port bound to; none when not open.
  Address local() const;

 private:
  explicit UdpSocket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

struct UdpSocket::OpenResult {
  UdpSocket socket;
  int error = 0;  // errno; 0 when open
};

}  // namespace parley
