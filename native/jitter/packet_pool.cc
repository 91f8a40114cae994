#include "jitter/packet_pool.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace parley {

PacketPool::PacketPool(uint32_t chunks)
    : chunk_count_(chunks),
      chunks_(std::make_unique<Chunk[]>(chunks)),
      next_(std::make_unique<uint32_t[]>(chunks)),
      free_head_(0),
      free_count_(chunks) {
  PARLEY_ASSERT(chunks > 0);
  PARLEY_ASSERT(chunks < kNone);
  for (uint32_t i = 0; i < chunks; ++i) next_[i] = i + 1 < chunks ? i + 1 : kNone;
}

uint32_t PacketPool::Store(std::span<const uint8_t> payload) PARLEY_NONBLOCKING {
  if (payload.empty() || payload.size() > kPayloadBytesMax) return kNone;
  const auto wanted =
      static_cast<uint32_t>((payload.size() + kPayloadChunkBytes - 1) / kPayloadChunkBytes);
  if (wanted > free_count_) return kNone;

  // The front of the free list becomes the chain.
  const uint32_t handle = free_head_;
  uint32_t last = handle;
  for (size_t at = 0; at < payload.size(); at += kPayloadChunkBytes) {
    const size_t bytes = std::min(kPayloadChunkBytes, payload.size() - at);
    std::memcpy(chunks_[free_head_].bytes, &payload[at], bytes);
    last = free_head_;
    free_head_ = next_[free_head_];
  }
  next_[last] = kNone;
  free_count_ -= wanted;
  return handle;
}

std::span<const uint8_t> PacketPool::View(uint32_t handle, size_t bytes) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(handle < chunk_count_);
  PARLEY_ASSERT(bytes <= kPayloadBytesMax);
  if (bytes <= kPayloadChunkBytes) return {chunks_[handle].bytes, bytes};
  uint32_t chunk = handle;
  for (size_t at = 0; at < bytes; at += kPayloadChunkBytes) {
    PARLEY_ASSERT(chunk < chunk_count_);
    joined_[at / kPayloadChunkBytes] = chunks_[chunk];
    chunk = next_[chunk];
  }
  return {joined_[0].bytes, bytes};
}

void PacketPool::Release(uint32_t handle) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(handle < chunk_count_);
  uint32_t chunk = handle;
  while (chunk != kNone) {
    const uint32_t next = next_[chunk];
    next_[chunk] = free_head_;
    free_head_ = chunk;
    ++free_count_;
    PARLEY_ASSERT(free_count_ <= chunk_count_);
    chunk = next;
  }
}

}  // namespace parley
