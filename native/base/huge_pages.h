// Memory on huge pages, where the system gives them. A tick goes over state that lies tens of
// kilobytes apart, leg by leg; with pages of 4 KiB nearly every first touch of a leg costs a walk
// of the page tables besides the memory itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace parley {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// Asks for huge pages for what whole ones fit into `memory`. Best before it is first touched. A
// hint: a system without them does as it always did.
void PreferHugePages(std::span<uint8_t> memory);

// Brings all of `memory` in, and puts together into huge pages what was touched before
// PreferHugePages. The kernel would do so by and by, and whoever touches it meanwhile waits. A
// hint.
void GatherHugePages(std::span<uint8_t> memory);

// `count` objects, made without arguments, on huge pages when they fill at least one. Allocates in
// the constructor only.
template <typename T>
class HugeArray {
 public:
  explicit HugeArray(size_t count) : bytes_(BytesFor(count)), objects_(Take(bytes_), count) {
    std::uninitialized_value_construct(objects_.begin(), objects_.end());
  }
  ~HugeArray() {
    std::destroy(objects_.begin(), objects_.end());
    ::operator delete(objects_.data(), Alignment(bytes_));
  }
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;

  // What it takes beyond the object: whole huge pages where it has any.
  static size_t BytesFor(size_t count) {
    const size_t bytes = count * sizeof(T);
    const auto alignment = static_cast<size_t>(Alignment(bytes));
    return (bytes + alignment - 1) / alignment * alignment;
  }

  std::span<T> objects() { return objects_; }
  T& operator[](size_t index) { return objects_[index]; }
  const T& operator[](size_t index) const { return objects_[index]; }

 private:
  static std::align_val_t Alignment(size_t bytes) {
    return std::align_val_t{bytes < kHugePageBytes ? alignof(T) : kHugePageBytes};
  }

  static T* Take(size_t bytes) {
    auto* memory = static_cast<uint8_t*>(::operator new(bytes, Alignment(bytes)));
    PreferHugePages({memory, bytes});
    return reinterpret_cast<T*>(memory);
  }

  size_t bytes_;
  std::span<T> objects_;
};

}  // namespace parley
