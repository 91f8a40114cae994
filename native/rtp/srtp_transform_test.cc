#include "rtp/srtp_transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "rtp/srtp_keys.h"
#include "testing/hex.h"

namespace parley {
namespace {

using testing::FromHex;
using Bytes = std::vector<uint8_t>;

Bytes First(std::span<const uint8_t> bytes, size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

Bytes Joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

SrtpSessionKeys Keys(const Bytes& cipher, const Bytes& salt) {
  SrtpSessionKeys keys;
  std::copy(cipher.begin(), cipher.end(), keys.cipher.begin());
  std::copy(salt.begin(), salt.end(), keys.salt.begin());
  return keys;
}

// RFC 3711 B.3.
TEST(SrtpKeys, AreDerivedAsTheRfcDerivesThem) {
  const Bytes master = FromHex(
      "E1F97A0D3E018BE0D64FA32C06DE4139"
      "0EC675AD498AFEEBB6960B3AABE6");
  const SrtpSessionKeys keys =
      DeriveSessionKeys(SrtpSuite::kAesCm128HmacSha1Tag80, SrtpKind::kRtp, master);
  EXPECT_EQ(First(keys.cipher, 16), FromHex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(First(keys.salt, 14), FromHex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(First(keys.authentication, 20), FromHex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

// RFC 3711 B.2: what three blocks of zeros become is the keystream itself.
TEST(SrtpTransform, MakesTheKeystreamOfTheRfc) {
  SrtpTransform transform(
      SrtpSuite::kAesCm128HmacSha1Tag80, SrtpKind::kRtp,
      Keys(FromHex("2B7E151628AED2A6ABF7158809CF4F3C"), FromHex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")));
  Bytes packet(12 + 48, 0);
  std::array<uint8_t, 10> tag;
  transform.Seal({.ssrc = 0, .index = 0}, packet, 12, tag);
  EXPECT_EQ(Bytes(packet.begin() + 12, packet.end()), FromHex("E03EAD0935C95E80E166B16DD92B4EB4"
                                                              "D23513162B02D0F72A43A2FE4A5F97AB"
                                                              "41E95B3BB0A2E8DD477901E4FCA894C0"));
}

const Bytes& QuidProQuo() {
  static const Bytes salt = FromHex("517569642070726f2071756f");
  return salt;
}

struct Vector {
  SrtpSuite suite;
  SrtpKind kind;
  SrtpPacketId id;
  const char* key;
  const char* plain;
  const char* sealed;  // followed by the tag
};

// RFC 7714 16.1.1, 16.2.1, 17.1, 17.2; the word that follows RTCP is left out.
constexpr Vector kVectors[] = {
    {SrtpSuite::kAeadAes128Gcm,
     SrtpKind::kRtp,
     {.ssrc = 0x5501a0b2, .index = 0xf17b},
     "000102030405060708090a0b0c0d0e0f",
     "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465"
     "732074726573",
     "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b"
     "36de3adf8833899d7f27beb16a9152cf765ee4390cce"},
    {SrtpSuite::kAeadAes256Gcm,
     SrtpKind::kRtp,
     {.ssrc = 0x5501a0b2, .index = 0xf17b},
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465"
     "732074726573",
     "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f"
     "1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"},
    {SrtpSuite::kAeadAes128Gcm,
     SrtpKind::kRtcp,
     {.ssrc = 0x4d617273, .index = 0x5d4},
     "000102030405060708090a0b0c0d0e0f",
     "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeef"
     "deadbeefdeadbeef",
     "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46"
     "86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade"},
    {SrtpSuite::kAeadAes256Gcm,
     SrtpKind::kRtcp,
     {.ssrc = 0x4d617273, .index = 0x5d4},
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeef"
     "deadbeefdeadbeef",
     "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658"
     "c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be"},
};

class SrtpTransformVectors : public ::testing::TestWithParam<Vector> {};

TEST_P(SrtpTransformVectors, SealsAndOpens) {
  const Vector& vector = GetParam();
  const size_t header_bytes = vector.kind == SrtpKind::kRtp ? 12 : 8;
  SrtpTransform transform(vector.suite, vector.kind, Keys(FromHex(vector.key), QuidProQuo()));
  const Bytes plain = FromHex(vector.plain);
  Bytes packet = plain;
  Bytes tag(transform.tag_bytes());
  transform.Seal(vector.id, packet, header_bytes, tag);
  EXPECT_EQ(Joined(packet, tag), FromHex(vector.sealed));
  EXPECT_TRUE(transform.Open(vector.id, packet, header_bytes, tag));
  EXPECT_EQ(packet, plain);
}

INSTANTIATE_TEST_SUITE_P(Rfc7714, SrtpTransformVectors, ::testing::ValuesIn(kVectors));

class SrtpTransformSuites : public ::testing::TestWithParam<SrtpSuite> {};

TEST_P(SrtpTransformSuites, LeaveAPacketWithAWrongTagAsItWas) {
  const Bytes master(SizesOf(GetParam()).master_bytes(), 0x5a);
  for (const SrtpKind kind : {SrtpKind::kRtp, SrtpKind::kRtcp}) {
    SrtpTransform transform(GetParam(), kind, DeriveSessionKeys(GetParam(), kind, master));
    const size_t header_bytes = kind == SrtpKind::kRtp ? 12 : 8;
    Bytes packet(61, 0x33);
    Bytes tag(transform.tag_bytes());
    transform.Seal({.ssrc = 1, .index = 2}, packet, header_bytes, tag);
    const Bytes sealed = packet;
    for (uint8_t& byte : tag) {
      byte ^= 1;
      EXPECT_FALSE(transform.Open({.ssrc = 1, .index = 2}, packet, header_bytes, tag));
      EXPECT_EQ(packet, sealed);
      byte ^= 1;
    }
    EXPECT_FALSE(transform.Open({.ssrc = 1, .index = 0x1'0002}, packet, header_bytes, tag));
    EXPECT_TRUE(transform.Open({.ssrc = 1, .index = 2}, packet, header_bytes, tag));
    EXPECT_EQ(packet, Bytes(61, 0x33));
  }
}

INSTANTIATE_TEST_SUITE_P(All, SrtpTransformSuites,
                         ::testing::Values(SrtpSuite::kAesCm128HmacSha1Tag80,
                                           SrtpSuite::kAesCm128HmacSha1Tag32,
                                           SrtpSuite::kAeadAes128Gcm, SrtpSuite::kAeadAes256Gcm));

}  // namespace
}  // namespace parley
