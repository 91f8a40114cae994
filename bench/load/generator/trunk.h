// A socket of one telephone or of many, which are told apart by whom they talk to. Where many share
// one, packets come and go by the batch, and the socket stays in the core's cache: telephones with
// sockets of their own cost the generator half as much again, and whoever sends to them on the same
// machine a tenth.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace parley::load {

inline constexpr size_t kDatagramBytesMax = 2048;

// Buffers and headers handed to the kernel.
struct PacketBatch;

// What all trunks write to and read from, one after the other.
struct TrunkBatches {
  TrunkBatches();
  ~TrunkBatches();

  std::unique_ptr<PacketBatch> outbound;
  std::unique_ptr<PacketBatch> inbound;
};

class Trunk {
 public:
  // Opens the socket; ends the program when there is none to be had. `batches` outlives it.
  explicit Trunk(TrunkBatches& batches);
  ~Trunk();
  Trunk(Trunk&& other) noexcept;
  Trunk& operator=(Trunk&&) = delete;

  uint16_t local_port() const { return local_port_; }

  // Where the next packet is to be written.
  std::span<uint8_t> Room();
  // Sends the first `bytes` of it, at the latest with Flush, before which no other trunk posts.
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
  TrunkBatches* batches_;
  int descriptor_ = -1;
  uint16_t local_port_ = 0;
  size_t posted_ = 0;
};

}  // namespace parley::load
