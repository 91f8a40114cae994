#include "jitter/packet_pool.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace parley {
namespace {

uint32_t ChunksFor(size_t bytes) {
  return static_cast<uint32_t>((bytes + kPayloadChunkBytes - 1) / kPayloadChunkBytes);
}

}  // namespace

PacketPool::PacketPool(uint32_t chunks)
    : chunk_count_(chunks),
      chunks_(chunks),
      next_(std::make_unique<uint32_t[]>(chunks)),
      free_head_(0),
      free_count_(chunks) {
  PARLEY_ASSERT(chunks > 0);
  PARLEY_ASSERT(chunks < kNone);
  for (uint32_t i = 0; i < chunks; ++i) next_[i] = i + 1 < chunks ? i + 1 : kNone;
}

uint32_t PacketPool::Store(std::span<const uint8_t> payload) PARLEY_NONBLOCKING {
  if (payload.empty() || payload.size() > kPayloadBytesMax) return kNone;
  const uint32_t wanted = ChunksFor(payload.size());
  if (wanted > free_count_) return kNone;

  // The front of the free list becomes the chain.
  const uint32_t handle = free_head_;
  for (size_t at = 0; at < payload.size(); at += kPayloadChunkBytes) {
    const size_t bytes = std::min(kPayloadChunkBytes, payload.size() - at);
    std::memcpy(chunks_[free_head_].bytes, &payload[at], bytes);
    free_head_ = next_[free_head_];
  }
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

// How long the chain is says its payload: to look for its end would be to wait for memory that was
// written long ago.
void PacketPool::Release(uint32_t handle, size_t bytes) PARLEY_NONBLOCKING {
  uint32_t chunk = handle;
  for (uint32_t left = ChunksFor(bytes); left > 0; --left) {
    PARLEY_ASSERT(chunk < chunk_count_);
    const uint32_t next = left > 1 ? next_[chunk] : kNone;
    next_[chunk] = free_head_;
    free_head_ = chunk;
    ++free_count_;
    PARLEY_ASSERT(free_count_ <= chunk_count_);
    chunk = next;
  }
}

}  // namespace parley
