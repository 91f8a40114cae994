// What the generator is told, a line of standard input each:
//
//   answer LINE HOST PORT PT VOICE HEARS [SUITE OUTBOUND_KEY INBOUND_KEY]
//     A call of the telephone begins: it sends its voice (voice.h) to HOST:PORT with payload type
//     PT. HEARS is a comma list of the telephones it hears, its own among them in an echo; `-` for
//     nobody. `~` before it says that others talk beside them, softer. Keys in hexadecimal.
//   hangup LINE
//   sync
//     Prints `ready` when all orders before it are carried out.
//   measure SECONDS
//     Counts what comes in that time, prints `measured`, judges it, and prints one line of JSON.
//   quit

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace parley::load {

struct AnswerOrder {
  uint32_t line = 0;
  uint32_t host = 0;  // IPv4, host byte order
  uint16_t port = 0;
  uint8_t payload_type = 0;
  std::string voice;
  std::vector<uint32_t> hears;
  bool in_crowd = false;
  std::string suite;  // empty: plain RTP
  std::string outbound_key;
  std::string inbound_key;
};
struct HangUpOrder {
  uint32_t line = 0;
};
struct MeasureOrder {
  uint32_t seconds = 0;
};
struct SyncOrder {};
struct QuitOrder {};

using Order = std::variant<AnswerOrder, HangUpOrder, MeasureOrder, SyncOrder, QuitOrder>;

// Nothing for a line that is none of the above.
std::optional<Order> ParseOrder(const std::string& line);

// Lines as they come from a descriptor, without waiting for them.
class OrderReader {
 public:
  explicit OrderReader(int descriptor) : descriptor_(descriptor) {}

  // The next whole line that is here; nothing when there is none yet. The end of the input is a
  // `quit`.
  std::optional<std::string> Next();

 private:
  int descriptor_;
  std::string pending_;
  bool ended_ = false;
};

}  // namespace parley::load
