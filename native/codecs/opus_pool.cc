#include "codecs/opus_pool.h"

#include "base/assert.h"

namespace parley {

OpusPool::OpusPool(uint32_t legs_max) : codecs_(legs_max) {
  free_.reserve(legs_max);
  for (OpusCodec& codec : codecs_) free_.push_back(&codec);
}

OpusCodec* OpusPool::Take() PARLEY_NONBLOCKING {
  if (free_.empty()) return nullptr;
  OpusCodec* const codec = free_.back();
  free_.pop_back();
  return codec;
}

void OpusPool::Give(OpusCodec* codec) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(codec != nullptr);
  PARLEY_ASSERT(free_.size() < codecs_.size());
  free_.push_back(codec);
}

}  // namespace parley
