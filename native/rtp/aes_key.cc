#include "rtp/aes_key.h"

#include <nettle/ctr.h>
#include <string.h>

#include "base/assert.h"

namespace parley {

static_assert(sizeof(aes128_ctx) <= sizeof(aes256_ctx));

AesKey::AesKey(std::span<const uint8_t> key)
    : algorithm_(key.size() == AES128_KEY_SIZE ? &nettle_aes128 : &nettle_aes256) {
  PARLEY_ASSERT(key.size() == algorithm_->key_size);
  algorithm_->set_encrypt_key(context_.data(), key.data());
}

AesKey::~AesKey() { explicit_bzero(context_.data(), context_.size()); }

void AesKey::Crypt(AesBlock counter, std::span<uint8_t> bytes) const PARLEY_NONBLOCKING {
  ctr_crypt(context(), encrypt(), counter.size(), counter.data(), bytes.size(), bytes.data(),
            bytes.data());
}

}  // namespace parley
