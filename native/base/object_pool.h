// Objects that legs take when they need one and give back when they do no more.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/realtime.h"

namespace parley {

// One thread. Allocates in the constructor only; real-time safe afterwards.
template <typename T>
class ObjectPool {
 public:
  explicit ObjectPool(uint32_t count) : objects_(count) {
    free_.reserve(count);
    for (T& object : objects_) free_.push_back(&object);
  }
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;

  // What `count` objects take, but for what they allocate themselves.
  static size_t BytesFor(uint32_t count) { return count * (sizeof(T) + sizeof(T*)); }

  // Null when all are taken. The object is as whoever had it last left it.
  T* Take() PARLEY_NONBLOCKING {
    if (free_.empty()) return nullptr;
    T* const object = free_.back();
    free_.pop_back();
    return object;
  }

  // REQUIRES: `object` was taken from here, and is given back once.
  void Give(T* object) PARLEY_NONBLOCKING {
    PARLEY_ASSERT(object != nullptr);
    PARLEY_ASSERT(free_.size() < objects_.size());
    free_.push_back(object);
  }

  uint32_t free() const { return static_cast<uint32_t>(free_.size()); }

 private:
  std::vector<T> objects_;
  std::vector<T*> free_;
};

}  // namespace parley
