// Microseconds to protect and to unprotect an RTP packet of 172 bytes (20 ms of G.711), with each
// suite, ours beside libsrtp2 as installed. Ours must allocate nothing:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target srtp_bench && build/release/native/srtp_bench
// The checksum is of every protected packet: it must be the same for both.

#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>

#include "base/assert.h"
#include "base/byte_order.h"
#include "rtp/srtp_session.h"
#include "testing/allocation_trap.h"
#include "testing/bench_row.h"

namespace parley {
namespace {

constexpr size_t kPacketBytes = 172;
constexpr size_t kPackets = 500;
constexpr int kBatches = 40;

using Buffer = std::array<uint8_t, 256>;
using Packets = std::array<Buffer, kPackets>;
using Master = std::array<uint8_t, kSrtpKeyBytesMax + kSrtpSaltBytesMax>;

Master MasterFrom(uint8_t first) {
  Master master;
  std::iota(master.begin(), master.end(), first);
  return master;
}

class Ours {
 public:
  explicit Ours(SrtpSuite suite) {
    const size_t bytes = SizesOf(suite).master_bytes();
    const Master out = MasterFrom(1);
    const Master in = MasterFrom(101);
    sender_ = std::make_unique<SrtpSession>(
        SrtpSessionConfig{.suite = suite,
                          .inbound_master = std::span(in).first(bytes),
                          .outbound_master = std::span(out).first(bytes),
                          .inbound_mki = {}});
    receiver_ = std::make_unique<SrtpSession>(
        SrtpSessionConfig{.suite = suite,
                          .inbound_master = std::span(out).first(bytes),
                          .outbound_master = std::span(in).first(bytes),
                          .inbound_mki = {}});
  }

  size_t Protect(Buffer& packet) { return sender_->ProtectRtp(packet, kPacketBytes).bytes; }
  bool Unprotect(Buffer& packet, size_t bytes) {
    return receiver_->UnprotectRtp(std::span(packet).first(bytes)).ok();
  }

 private:
  std::unique_ptr<SrtpSession> sender_;
  std::unique_ptr<SrtpSession> receiver_;
};

class Theirs {
 public:
  explicit Theirs(SrtpSuite suite) {
    Master master = MasterFrom(1);
    srtp_policy_t policy{};
    for (srtp_crypto_policy_t* part : {&policy.rtp, &policy.rtcp}) {
      switch (suite) {
        case SrtpSuite::kAesCm128HmacSha1Tag80:
          srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(part);
          break;
        case SrtpSuite::kAesCm128HmacSha1Tag32:
          srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(part);
          break;
        case SrtpSuite::kAeadAes128Gcm:
          srtp_crypto_policy_set_aes_gcm_128_16_auth(part);
          break;
        case SrtpSuite::kAeadAes256Gcm:
          srtp_crypto_policy_set_aes_gcm_256_16_auth(part);
          break;
      }
    }
    policy.key = master.data();
    policy.window_size = kReplayWindowPackets;
    policy.ssrc.type = ssrc_any_outbound;
    PARLEY_ASSERT(srtp_create(&sender_, &policy) == srtp_err_status_ok);
    policy.ssrc.type = ssrc_any_inbound;
    PARLEY_ASSERT(srtp_create(&receiver_, &policy) == srtp_err_status_ok);
  }
  ~Theirs() {
    srtp_dealloc(sender_);
    srtp_dealloc(receiver_);
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;

  size_t Protect(Buffer& packet) {
    int bytes = kPacketBytes;
    PARLEY_ASSERT(srtp_protect(sender_, packet.data(), &bytes) == srtp_err_status_ok);
    return static_cast<size_t>(bytes);
  }
  bool Unprotect(Buffer& packet, size_t bytes) {
    int length = static_cast<int>(bytes);
    return srtp_unprotect(receiver_, packet.data(), &length) == srtp_err_status_ok;
  }

 private:
  srtp_t sender_ = nullptr;
  srtp_t receiver_ = nullptr;
};

struct Figures {
  double protect_us = std::numeric_limits<double>::max();
  double unprotect_us = std::numeric_limits<double>::max();
  double allocations = 0;  // for a packet, both ways together
  uint64_t checksum = 0xCBF29CE484222325ULL;
};

void Fill(Packets& packets, uint16_t first_sequence) {
  for (size_t i = 0; i < kPackets; ++i) {
    Buffer& packet = packets[i];
    packet.fill(static_cast<uint8_t>(i));
    packet[0] = 0x80;
    packet[1] = 0;
    WriteBe16(&packet[2], static_cast<uint16_t>(first_sequence + i));
    WriteBe32(&packet[8], 0x1234'5678);
  }
}

double Microseconds(std::chrono::steady_clock::time_point from) {
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - from;
  return spent.count() / kPackets;
}

// The fastest of many batches: what others do on this machine at the time only adds.
template <class Side>
void MeasureBatch(Side& side, Packets& packets, uint16_t first_sequence, Figures& figures) {
  Fill(packets, first_sequence);
  size_t bytes = 0;
  const testing::AllocationTrap trap;
  auto start = std::chrono::steady_clock::now();
  for (Buffer& packet : packets) bytes = side.Protect(packet);
  figures.protect_us = std::min(figures.protect_us, Microseconds(start));
  for (const Buffer& packet : packets) {
    for (const uint8_t byte : std::span(packet).first(bytes)) {
      figures.checksum = (figures.checksum ^ byte) * 0x100000001B3ULL;
    }
  }
  bool all_ok = true;
  start = std::chrono::steady_clock::now();
  for (Buffer& packet : packets) all_ok &= side.Unprotect(packet, bytes);
  figures.unprotect_us = std::min(figures.unprotect_us, Microseconds(start));
  figures.allocations = static_cast<double>(trap.allocations()) / kPackets;
  PARLEY_ASSERT(all_ok);
}

void Measure(const char* name, SrtpSuite suite) {
  auto packets = std::make_unique<Packets>();
  Ours ours(suite);
  Theirs theirs(suite);
  Figures our_figures;
  Figures their_figures;
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto first_sequence = static_cast<uint16_t>(1 + static_cast<size_t>(batch) * kPackets);
    MeasureBatch(ours, *packets, first_sequence, our_figures);
    MeasureBatch(theirs, *packets, first_sequence, their_figures);
  }
  testing::PrintBenchRow(std::string(name) + " protect", our_figures.protect_us, "us",
                         {{"libsrtp2", our_figures.protect_us / their_figures.protect_us}},
                         our_figures.checksum);
  testing::PrintBenchRow(std::string(name) + " unprotect", our_figures.unprotect_us, "us",
                         {{"libsrtp2", our_figures.unprotect_us / their_figures.unprotect_us}},
                         our_figures.checksum);
  PARLEY_ASSERT(our_figures.allocations == 0);
  PARLEY_ASSERT(our_figures.checksum == their_figures.checksum);
}

}  // namespace
}  // namespace parley

int main() {
  PARLEY_ASSERT(srtp_init() == srtp_err_status_ok);
  parley::Measure("AES_CM_128_HMAC_SHA1_80", parley::SrtpSuite::kAesCm128HmacSha1Tag80);
  parley::Measure("AES_CM_128_HMAC_SHA1_32", parley::SrtpSuite::kAesCm128HmacSha1Tag32);
  parley::Measure("AEAD_AES_128_GCM", parley::SrtpSuite::kAeadAes128Gcm);
  parley::Measure("AEAD_AES_256_GCM", parley::SrtpSuite::kAeadAes256Gcm);
  srtp_shutdown();
}
