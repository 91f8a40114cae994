#include "rtp/srtp_transform.h"

#include <nettle/memops.h>
#include <string.h>

#include <algorithm>

#include "base/assert.h"
#include "base/byte_order.h"

namespace parley {
namespace {

constexpr size_t kRtcpHeaderBytes = 8;
constexpr size_t kWordBytes = 4;

// RTP: the rollover counter, which no packet carries. RTCP: the word that follows the packet.
std::array<uint8_t, kWordBytes> WordOf(SrtpKind kind, uint64_t index) {
  std::array<uint8_t, kWordBytes> word;
  WriteBe32(word.data(), kind == SrtpKind::kRtp ? static_cast<uint32_t>(index >> 16)
                                                : kSrtcpEncrypted | static_cast<uint32_t>(index));
  return word;
}

size_t TagBytes(SrtpSuite suite, SrtpKind kind) {
  const SrtpSuiteSizes sizes = SizesOf(suite);
  return kind == SrtpKind::kRtp ? sizes.rtp_tag_bytes : sizes.rtcp_tag_bytes;
}

// Adds `value`, big-endian, to the last `bytes` of `to` without carry.
void XorInto(std::span<uint8_t> to, uint64_t value) {
  for (size_t i = to.size(); i > 0; --i) {
    to[i - 1] ^= static_cast<uint8_t>(value & 0xff);
    value >>= 8;
  }
}

}  // namespace

SrtpTransform::SrtpTransform(SrtpSuite suite, SrtpKind kind, const SrtpSessionKeys& keys)
    : kind_(kind),
      tag_bytes_(TagBytes(suite, kind)),
      salt_(keys.salt),
      cipher_(std::span(keys.cipher).first(SizesOf(suite).key_bytes)) {
  if (IsAead(suite)) {
    gcm_set_key(&authenticator_.emplace<gcm_key>(), cipher_.context(), cipher_.encrypt());
  } else {
    hmac_sha1_set_key(&authenticator_.emplace<hmac_sha1_ctx>(), keys.authentication.size(),
                      keys.authentication.data());
  }
}

SrtpTransform::~SrtpTransform() {
  explicit_bzero(salt_.data(), salt_.size());
  std::visit([](auto& secret) { explicit_bzero(&secret, sizeof(secret)); }, authenticator_);
}

void SrtpTransform::Seal(const SrtpPacketId& id, std::span<uint8_t> packet, size_t header_bytes,
                         std::span<uint8_t> tag) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(tag.size() == tag_bytes_);
  const std::span<uint8_t> body = packet.subspan(header_bytes);
  Tag computed;
  if (const gcm_key* key = std::get_if<gcm_key>(&authenticator_)) {
    gcm_ctx message = BeginGcm(*key, id, packet.first(header_bytes));
    gcm_encrypt(&message, key, cipher_.context(), cipher_.encrypt(), body.size(), body.data(),
                body.data());
    computed = EndGcm(*key, message);
  } else {
    cipher_.Crypt(CounterOf(id), body);
    computed = HmacOf(*std::get_if<hmac_sha1_ctx>(&authenticator_), id, packet);
  }
  std::copy_n(computed.begin(), tag_bytes_, tag.begin());
}

bool SrtpTransform::Open(const SrtpPacketId& id, std::span<uint8_t> packet, size_t header_bytes,
                         std::span<const uint8_t> tag) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(tag.size() == tag_bytes_);
  const std::span<uint8_t> body = packet.subspan(header_bytes);
  const gcm_key* key = std::get_if<gcm_key>(&authenticator_);
  if (key == nullptr) {
    const Tag computed = HmacOf(*std::get_if<hmac_sha1_ctx>(&authenticator_), id, packet);
    if (!memeql_sec(computed.data(), tag.data(), tag_bytes_)) return false;
    cipher_.Crypt(CounterOf(id), body);
    return true;
  }
  const gcm_ctx begun = BeginGcm(*key, id, packet.first(header_bytes));
  gcm_ctx message = begun;
  gcm_decrypt(&message, key, cipher_.context(), cipher_.encrypt(), body.size(), body.data(),
              body.data());
  const Tag computed = EndGcm(*key, message);
  if (memeql_sec(computed.data(), tag.data(), tag_bytes_)) return true;
  // Adding the same keystream again restores the packet: another key may still fit it.
  message = begun;
  gcm_encrypt(&message, key, cipher_.context(), cipher_.encrypt(), body.size(), body.data(),
              body.data());
  return false;
}

// RFC 3711 4.1.1: salt, SSRC and index added up, each at its place; the last 16 bits count blocks.
AesBlock SrtpTransform::CounterOf(const SrtpPacketId& id) const {
  AesBlock counter = {};
  std::copy(salt_.begin(), salt_.end(), counter.begin());
  XorInto(std::span(counter).subspan(4, 4), id.ssrc);
  XorInto(std::span(counter).subspan(8, 6), id.index);
  return counter;
}

// RFC 3711 4.2: over the packet as it travels and the word.
SrtpTransform::Tag SrtpTransform::HmacOf(hmac_sha1_ctx& hmac, const SrtpPacketId& id,
                                         std::span<const uint8_t> packet) const {
  const auto word = WordOf(kind_, id.index);
  hmac_sha1_update(&hmac, packet.size(), packet.data());
  hmac_sha1_update(&hmac, word.size(), word.data());
  Tag tag = {};
  hmac_sha1_digest(&hmac, tag_bytes_, tag.data());
  return tag;
}

// RFC 7714 8.1 and 9.1: SSRC and index in a nonce of 12 bytes. What is authenticated and not
// encrypted is the header, and for RTCP the word too.
gcm_ctx SrtpTransform::BeginGcm(const gcm_key& key, const SrtpPacketId& id,
                                std::span<const uint8_t> header) const {
  std::array<uint8_t, GCM_IV_SIZE> nonce;
  std::copy_n(salt_.begin(), nonce.size(), nonce.begin());
  XorInto(std::span(nonce).subspan(2, 4), id.ssrc);
  XorInto(std::span(nonce).subspan(6, 6), id.index);
  gcm_ctx message;
  gcm_set_iv(&message, &key, nonce.size(), nonce.data());
  if (kind_ == SrtpKind::kRtp) {
    gcm_update(&message, &key, header.size(), header.data());
    return message;
  }
  PARLEY_ASSERT(header.size() == kRtcpHeaderBytes);
  std::array<uint8_t, kRtcpHeaderBytes + kWordBytes> authenticated;
  const auto word = WordOf(kind_, id.index);
  std::copy(word.begin(), word.end(),
            std::copy(header.begin(), header.end(), authenticated.begin()));
  gcm_update(&message, &key, authenticated.size(), authenticated.data());
  return message;
}

SrtpTransform::Tag SrtpTransform::EndGcm(const gcm_key& key, gcm_ctx& message) const {
  Tag tag;
  gcm_digest(&message, &key, cipher_.context(), cipher_.encrypt(), tag.size(), tag.data());
  return tag;
}

}  // namespace parley
