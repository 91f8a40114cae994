#include "srtp_box.h"

#include <cstdio>

namespace parley::load {
namespace {

// Packets that came before and are still known by their index (RFC 3711 3.3.2).
constexpr unsigned long kReplayWindow = 128;

std::vector<uint8_t> BytesOf(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t at = 0; at + 2 <= hex.size(); at += 2) {
    unsigned byte = 0;
    if (std::sscanf(hex.c_str() + at, "%2x", &byte) != 1) return {};
    bytes.push_back(static_cast<uint8_t>(byte));
  }
  return bytes;
}

bool SetSuite(const std::string& suite, srtp_policy_t& policy) {
  for (srtp_crypto_policy_t* part : {&policy.rtp, &policy.rtcp}) {
    if (suite == "AES_CM_128_HMAC_SHA1_80") {
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(part);
    } else if (suite == "AEAD_AES_128_GCM") {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(part);
    } else if (suite == "AEAD_AES_256_GCM") {
      srtp_crypto_policy_set_aes_gcm_256_16_auth(part);
    } else {
      return false;
    }
  }
  return true;
}

srtp_t Create(const std::string& suite, srtp_ssrc_type_t direction, std::vector<uint8_t>& master) {
  srtp_policy_t policy{};
  if (!SetSuite(suite, policy)) return nullptr;
  if (master.size() != static_cast<size_t>(policy.rtp.cipher_key_len)) return nullptr;
  policy.key = master.data();
  policy.window_size = kReplayWindow;
  policy.ssrc.type = direction;
  srtp_t session = nullptr;
  return srtp_create(&session, &policy) == srtp_err_status_ok ? session : nullptr;
}

}  // namespace

std::unique_ptr<SrtpBox> SrtpBox::Open(const std::string& suite, const std::string& outbound_hex,
                                       const std::string& inbound_hex) {
  static const bool is_ready = srtp_init() == srtp_err_status_ok;
  if (!is_ready) return nullptr;
  std::unique_ptr<SrtpBox> box(new SrtpBox);
  box->outbound_master_ = BytesOf(outbound_hex);
  box->inbound_master_ = BytesOf(inbound_hex);
  box->sender_ = Create(suite, ssrc_any_outbound, box->outbound_master_);
  box->receiver_ = Create(suite, ssrc_any_inbound, box->inbound_master_);
  if (box->sender_ == nullptr || box->receiver_ == nullptr) return nullptr;
  return box;
}

SrtpBox::~SrtpBox() {
  if (sender_ != nullptr) srtp_dealloc(sender_);
  if (receiver_ != nullptr) srtp_dealloc(receiver_);
}

size_t SrtpBox::Protect(std::span<uint8_t> packet, size_t bytes) {
  int length = static_cast<int>(bytes);
  if (packet.size() < bytes + kSrtpTrailerBytesMax) return 0;
  return srtp_protect(sender_, packet.data(), &length) == srtp_err_status_ok
             ? static_cast<size_t>(length)
             : 0;
}

size_t SrtpBox::Unprotect(std::span<uint8_t> packet, size_t bytes) {
  int length = static_cast<int>(bytes);
  return srtp_unprotect(receiver_, packet.data(), &length) == srtp_err_status_ok
             ? static_cast<size_t>(length)
             : 0;
}

}  // namespace parley::load
