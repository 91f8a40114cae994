// The Opus decoders, or the encoders, of a shard: taken when a leg needs one, given back when it
// does no more. One thread; all memory is taken at construction: about 27 KiB for each decoder, 44
// for each encoder.

#pragma once

#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/realtime.h"
#include "codecs/opus_codec.h"

namespace parley {

// `Codec`: OpusFrameDecoder or OpusFrameEncoder.
template <typename Codec>
class OpusPool {
 public:
  explicit OpusPool(uint32_t count) : codecs_(count) {
    free_.reserve(count);
    for (Codec& codec : codecs_) free_.push_back(&codec);
  }
  OpusPool(const OpusPool&) = delete;
  OpusPool& operator=(const OpusPool&) = delete;

  // Null when all are taken. The state is that of whoever had it last: to be opened, or forked to.
  Codec* Take() PARLEY_NONBLOCKING {
    if (free_.empty()) return nullptr;
    Codec* const codec = free_.back();
    free_.pop_back();
    return codec;
  }

  // REQUIRES: `codec` was taken from here, and is given back once.
  void Give(Codec* codec) PARLEY_NONBLOCKING {
    PARLEY_ASSERT(codec != nullptr);
    PARLEY_ASSERT(free_.size() < codecs_.size());
    free_.push_back(codec);
  }

  uint32_t free() const { return static_cast<uint32_t>(free_.size()); }

 private:
  std::vector<Codec> codecs_;
  std::vector<Codec*> free_;
};

}  // namespace parley
