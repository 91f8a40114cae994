// Payload memory of all jitter buffers of an engine: fixed chunks, chained for payloads that are
// larger than one. One thread. Allocates at construction only; real-time safe afterwards.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/huge_pages.h"
#include "base/prefetch.h"
#include "base/realtime.h"

namespace parley {

// A chunk holds any G.711 packet of up to 30 ms.
inline constexpr size_t kPayloadChunkBytes = 256;
// Larger than what fits into an Ethernet frame; 20 ms of L16 at 48 kHz.
inline constexpr size_t kPayloadBytesMax = 2048;
inline constexpr uint32_t kChunksPerPayloadMax = kPayloadBytesMax / kPayloadChunkBytes;
static_assert(kChunksPerPayloadMax * kPayloadChunkBytes == kPayloadBytesMax);

class PacketPool {
 public:
  static constexpr uint32_t kNone = 0xffff'ffff;

  // Room for `chunks` payloads of up to 256 bytes, or an eighth as many of the largest.
  explicit PacketPool(uint32_t chunks);
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // What it takes beyond the object.
  static size_t BytesFor(uint32_t chunks) {
    return HugeArray<Chunk>::BytesFor(chunks) + size_t{chunks} * sizeof(uint32_t);
  }

  // Copies `payload` and returns its handle, or kNone when it is empty, too large, or finds no
  // room.
  uint32_t Store(std::span<const uint8_t> payload) PARLEY_NONBLOCKING;

  // The `bytes` stored under `handle`, in one piece; valid until the next call of any method except
  // Release. REQUIRES: handle from Store of so many bytes, not released.
  std::span<const uint8_t> View(uint32_t handle, size_t bytes) PARLEY_NONBLOCKING;

  // The first of the chunks that View reads, soon.
  void Prefetch(uint32_t handle, size_t bytes) const {
    parley::Prefetch(chunks_[handle].bytes, std::min(bytes, kPayloadChunkBytes));
  }

  // Gives the chunks of `handle` back. Its view stays readable until the next Store or View.
  // REQUIRES: as View.
  void Release(uint32_t handle, size_t bytes) PARLEY_NONBLOCKING;

  uint32_t chunks_free() const { return free_count_; }

 private:
  struct alignas(64) Chunk {
    uint8_t bytes[kPayloadChunkBytes];
  };

  uint32_t chunk_count_;
  HugeArray<Chunk> chunks_;
  std::unique_ptr<uint32_t[]> next_;  // of the free list, or of a chain that is not at its end
  uint32_t free_head_;
  uint32_t free_count_;
  Chunk joined_[kChunksPerPayloadMax];  // View puts the pieces of a chain together here
  static_assert(sizeof(Chunk) == kPayloadChunkBytes);
};

}  // namespace parley
