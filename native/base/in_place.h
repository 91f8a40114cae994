// An object that may be absent, as std::optional, but that says so ahead of its first bytes: of a
// large object, the flag behind it would be one more cache line.

#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "base/assert.h"

namespace parley {

// Neither copied nor moved. REQUIRES of -> and *: there is an object.
template <typename T>
class InPlace {
 public:
  InPlace() = default;
  ~InPlace() { reset(); }
  InPlace(const InPlace&) = delete;
  InPlace& operator=(const InPlace&) = delete;

  template <typename... Arguments>
  T& emplace(Arguments&&... arguments) {
    reset();
    T* made = ::new (static_cast<void*>(bytes_)) T(std::forward<Arguments>(arguments)...);
    is_here_ = true;
    return *made;
  }

  void reset() {
    if (!is_here_) return;
    is_here_ = false;
    std::destroy_at(object());
  }

  explicit operator bool() const { return is_here_; }
  T* operator->() { return object(); }
  const T* operator->() const { return object(); }
  T& operator*() { return *object(); }
  const T& operator*() const { return *object(); }

 private:
  T* object() { return std::launder(reinterpret_cast<T*>(bytes_)); }
  const T* object() const { return std::launder(reinterpret_cast<const T*>(bytes_)); }

  bool is_here_ = false;
  alignas(T) std::byte bytes_[sizeof(T)];
};

}  // namespace parley
