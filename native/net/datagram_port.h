// The only way of the tick into the kernel: receive what waits on a descriptor, send one datagram.
// A seam: the engine's tests put their own port here.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/realtime.h"
#include "net/address.h"

namespace parley {

// Larger datagrams are dropped: nothing that this engine understands is larger.
inline constexpr size_t kDatagramBytesMax = 2048;

struct Datagram {
  std::span<uint8_t> bytes;  // the receiver's to change; valid until the port is asked again
  Address source;
};

enum class SendResult : uint8_t {
  kSent,
  kBusy,     // the kernel has no room now; the datagram is gone
  kRefused,  // any other error, such as no route; the datagram is gone
};

class DatagramPort {
 public:
  virtual ~DatagramPort() = default;

  // The oldest datagram that waits on `descriptor`; never blocks. None also when the descriptor is
  // in error: errors of UDP sockets are about datagrams sent and mean nothing here.
  virtual std::optional<Datagram> Receive(int descriptor) PARLEY_NONBLOCKING = 0;

  // Likewise of one that is connected to a peer. Who sent it is not asked, so it costs less.
  virtual std::optional<std::span<uint8_t>> ReceiveOfPeer(int descriptor) PARLEY_NONBLOCKING = 0;

  // When the last datagram that was taken from `descriptor` came, monotonic. `now_ns` (monotonic)
  // and `now_wall_ns` are the same moment; when it came while a tick was under way, that is later.
  // `now_ns` where the kernel cannot tell. A system call of its own: for who needs to know.
  virtual int64_t ArrivalNs(int descriptor, int64_t now_ns,
                            int64_t now_wall_ns) PARLEY_NONBLOCKING = 0;

  // Sends one datagram to `to`, or to the connected peer when `to` is none; never blocks.
  virtual SendResult Send(int descriptor, const Address& to,
                          std::span<const uint8_t> bytes) PARLEY_NONBLOCKING = 0;

  // Binds the descriptor to the peer `to`, when its source is certain: sends to "none" go
  // there, and the kernel drops what others send. False when it refuses, or when the descriptor is
  // bound to every address of the host; nothing changes then.
  // REQUIRES: to.is_set().
  virtual bool Connect(int descriptor, const Address& to) PARLEY_NONBLOCKING = 0;

  // Undoes Connect: datagrams of all sources come in again where the socket was bound, and each
  // Send says where it goes.
  virtual void Disconnect(int descriptor) PARLEY_NONBLOCKING = 0;
};

}  // namespace parley
