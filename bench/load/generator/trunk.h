// One socket for many telephones, which are told apart by whom they talk to: packets come and go by
// the batch, and the socket stays in the core's cache. Telephones with sockets of their own cost
// the generator half as much again, and whoever sends to them on the same machine a tenth.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace parley::load {

inline constexpr size_t kDatagramBytesMax = 2048;

class Trunk {
 public:
  // Opens the socket; ends the program when there is none to be had.
  Trunk();
  ~Trunk();
  Trunk(const Trunk&) = delete;
  Trunk& operator=(const Trunk&) = delete;

  uint16_t local_port() const { return local_port_; }

  // Where the next packet is to be written.
  std::span<uint8_t> Room();
  // Sends the first `bytes` of it, at the latest with Flush.
  void Post(uint32_t host, uint16_t port, size_t bytes);
  void Flush();

  struct Arrival {
    std::span<uint8_t> bytes;  // valid while it is told
    uint32_t host = 0;         // IPv4, host byte order
    uint16_t port = 0;
    int64_t stamp_ns = 0;  // when the kernel took it, StampNs
  };
  // Tells what has come, at most `most` packets.
  void Receive(size_t most, const std::function<void(const Arrival&)>& tell);

 private:
  struct Batch;  // buffers and headers handed to the kernel

  int descriptor_ = -1;
  uint16_t local_port_ = 0;
  size_t posted_ = 0;
  std::unique_ptr<Batch> outbound_;
  std::unique_ptr<Batch> inbound_;
};

}  // namespace parley::load
