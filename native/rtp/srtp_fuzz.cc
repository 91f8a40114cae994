// Any bytes go to one end of an SRTP session, and packets made of any bytes travel from the other
// end, some of them damaged. Nothing forged or damaged is accepted, what is refused is left as it
// came, and what is accepted is what was sent.
//
// Input: one byte of suite and bytes of MKI, then operations of three bytes and a packet: what to
// do, its length, and what to add to one of its bytes on the way (0: it arrives whole).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "rtp/srtp_session.h"

namespace parley {
namespace {

constexpr size_t kOperationBytes = 3;
constexpr std::array<uint8_t, kSrtpKeyBytesMax + kSrtpSaltBytesMax> kOneKey = {1};
constexpr std::array<uint8_t, kSrtpKeyBytesMax + kSrtpSaltBytesMax> kOtherKey = {2};

using Bytes = std::vector<uint8_t>;

SrtpSessionConfig Config(SrtpSuite suite, SrtpMki mki, bool swapped) {
  const size_t bytes = SizesOf(suite).master_bytes();
  const auto one = std::span(kOneKey).first(bytes);
  const auto other = std::span(kOtherKey).first(bytes);
  return {.suite = suite,
          .inbound_master = swapped ? other : one,
          .outbound_master = swapped ? one : other,
          .inbound_mki = mki};
}

SrtpOutcome Unprotect(SrtpSession& session, SrtpKind kind, std::span<uint8_t> datagram) {
  return kind == SrtpKind::kRtp ? session.UnprotectRtp(datagram) : session.UnprotectRtcp(datagram);
}

void RefuseForged(SrtpSession& receiver, SrtpKind kind, std::span<const uint8_t> bytes) {
  Bytes datagram(bytes.begin(), bytes.end());
  const SrtpOutcome outcome = Unprotect(receiver, kind, datagram);
  PARLEY_ASSERT(!outcome.ok() && outcome.bytes == 0);
  PARLEY_ASSERT(std::ranges::equal(datagram, bytes));
}

void Carry(SrtpSession& sender, SrtpSession& receiver, SrtpKind kind,
           std::span<const uint8_t> packet, uint8_t damage) {
  Bytes datagram(packet.begin(), packet.end());
  datagram.resize(packet.size() + kSrtcpOverheadBytes);
  const SrtpOutcome sent = kind == SrtpKind::kRtp ? sender.ProtectRtp(datagram, packet.size())
                                                  : sender.ProtectRtcp(datagram, packet.size());
  if (!sent.ok()) return;
  PARLEY_ASSERT(sent.bytes > packet.size() && sent.bytes <= datagram.size());
  datagram.resize(sent.bytes);
  if (damage != 0) {
    const size_t at = damage % datagram.size();
    datagram[at] = static_cast<uint8_t>(datagram[at] + damage);
    RefuseForged(receiver, kind, datagram);
    return;
  }
  const Bytes sealed = datagram;
  const SrtpOutcome received = Unprotect(receiver, kind, datagram);
  if (received.ok()) {
    PARLEY_ASSERT(std::ranges::equal(std::span(datagram).first(received.bytes), packet));
    PARLEY_ASSERT(Unprotect(receiver, kind, datagram = sealed).result == SrtpResult::kReplayed);
  }
  PARLEY_ASSERT(received.ok() || datagram == sealed);
}

void Run(std::span<const uint8_t> input) {
  const SrtpSuite suite = *SrtpSuiteFrom(input[0] % kSrtpSuites);
  const SrtpMki mki{.value = 1, .bytes = static_cast<uint8_t>(input[0] >> 4 & 3)};
  SrtpSession sender(Config(suite, {}, true));
  SrtpSession receiver(Config(suite, mki.bytes == 0 ? SrtpMki{} : mki, false));
  SrtpSession without_mki(Config(suite, {}, false));
  input = input.subspan(1);
  while (input.size() > kOperationBytes) {
    const uint8_t operation = input[0];
    const uint8_t damage = input[2];
    const size_t bytes = std::min<size_t>(input[1], input.size() - kOperationBytes);
    const std::span<const uint8_t> packet = input.subspan(kOperationBytes, bytes);
    input = input.subspan(kOperationBytes + bytes);
    const SrtpKind kind = (operation & 1) == 0 ? SrtpKind::kRtp : SrtpKind::kRtcp;
    if ((operation & 2) == 0) {
      RefuseForged(receiver, kind, packet);
    } else {
      Carry(sender, without_mki, kind, packet, damage);
    }
  }
}

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) parley::Run(std::span(data, size));
  return 0;
}
