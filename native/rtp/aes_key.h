// AES-128 and AES-256 in counter mode, over nettle: it neither allocates nor locks.

#pragma once

#include <nettle/aes.h>
#include <nettle/nettle-meta.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"

namespace parley {

using AesBlock = std::array<uint8_t, AES_BLOCK_SIZE>;

// An expanded key. Real-time safe; const methods may run on several threads at once. Overwritten
// with zeros when it is destroyed.
class AesKey {
 public:
  // REQUIRES: key.size() is 16 or 32.
  explicit AesKey(std::span<const uint8_t> key);
  ~AesKey();
  AesKey(const AesKey&) = delete;
  AesKey& operator=(const AesKey&) = delete;

  // Encrypts or decrypts in place: adds the keystream that begins with `counter`, 128 bits in
  // network byte order.
  void Crypt(AesBlock counter, std::span<uint8_t> bytes) const PARLEY_NONBLOCKING;

  // For modes built on this cipher.
  const void* context() const { return context_.data(); }
  nettle_cipher_func* encrypt() const { return algorithm_->encrypt; }

 private:
  const nettle_cipher* algorithm_;
  alignas(16) std::array<std::byte, sizeof(aes256_ctx)> context_;
};

}  // namespace parley
