#include "rtp/srtp_keys.h"

#include <string.h>

#include <algorithm>

#include "base/assert.h"
#include "rtp/aes_key.h"

namespace parley {
namespace {

// RFC 3711 4.3.1 and 4.3.2: what a derived key is for. RTCP's follow those of RTP.
constexpr uint8_t kCipherLabel = 0;
constexpr uint8_t kAuthenticationLabel = 1;
constexpr uint8_t kSaltLabel = 2;
constexpr uint8_t kRtcpLabels = 3;

// Where the label meets the salt when both are aligned at their ends.
constexpr size_t kLabelByte = 7;

// The keystream under the master key that begins at the label. Shorter salts count as if zeros
// followed them (RFC 7714 11).
void Derive(const AesKey& master_key, std::span<const uint8_t> master_salt, uint8_t label,
            std::span<uint8_t> out) {
  AesBlock counter = {};
  std::copy(master_salt.begin(), master_salt.end(), counter.begin());
  counter[kLabelByte] ^= label;
  std::fill(out.begin(), out.end(), uint8_t{0});
  master_key.Crypt(counter, out);
}

}  // namespace

SrtpSessionKeys::~SrtpSessionKeys() { explicit_bzero(this, sizeof(*this)); }

SrtpSessionKeys DeriveSessionKeys(SrtpSuite suite, SrtpKind kind, std::span<const uint8_t> master) {
  const SrtpSuiteSizes sizes = SizesOf(suite);
  PARLEY_ASSERT(master.size() == sizes.master_bytes());
  const AesKey master_key(master.first(sizes.key_bytes));
  const std::span<const uint8_t> master_salt = master.subspan(sizes.key_bytes);
  const uint8_t first_label = kind == SrtpKind::kRtp ? 0 : kRtcpLabels;
  const auto label = [first_label](uint8_t offset) {
    return static_cast<uint8_t>(first_label + offset);
  };

  SrtpSessionKeys keys;
  Derive(master_key, master_salt, label(kCipherLabel),
         std::span(keys.cipher).first(sizes.key_bytes));
  Derive(master_key, master_salt, label(kAuthenticationLabel), keys.authentication);
  Derive(master_key, master_salt, label(kSaltLabel), std::span(keys.salt).first(sizes.salt_bytes));
  return keys;
}

}  // namespace parley
