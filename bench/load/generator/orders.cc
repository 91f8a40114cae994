#include "orders.h"

#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <sstream>

namespace parley::load {
namespace {

std::optional<Order> ParseAnswer(std::istringstream& words) {
  AnswerOrder answer;
  std::string host;
  std::string hears;
  unsigned payload_type = 0;
  words >> answer.line >> host >> answer.port >> payload_type >> answer.voice >> hears;
  in_addr address{};
  if (!words || inet_pton(AF_INET, host.c_str(), &address) != 1 || payload_type > 127) return {};
  answer.host = ntohl(address.s_addr);
  answer.payload_type = static_cast<uint8_t>(payload_type);
  answer.in_crowd = hears.starts_with('~');
  std::istringstream list(answer.in_crowd ? hears.substr(1) : hears);
  for (uint32_t line = 0; hears != "-" && list >> line; list.ignore()) answer.hears.push_back(line);
  words >> answer.suite >> answer.outbound_key >> answer.inbound_key;
  if (!answer.suite.empty() && answer.inbound_key.empty()) return {};
  return answer;
}

}  // namespace

std::optional<Order> ParseOrder(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  uint32_t number = 0;
  words >> name;
  if (name == "quit") return QuitOrder{};
  if (name == "sync") return SyncOrder{};
  if (name == "answer") return ParseAnswer(words);
  if (!(words >> number)) return {};
  if (name == "hangup") return HangUpOrder{.line = number};
  if (name == "measure") return MeasureOrder{.seconds = number};
  return {};
}

std::optional<std::string> OrderReader::Next() {
  for (;;) {
    const size_t end = pending_.find('\n');
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    if (ended_) return "quit";
    pollfd input{descriptor_, POLLIN, 0};
    if (poll(&input, 1, 0) != 1) return {};
    std::array<char, 65'536> bytes;
    const ssize_t size = read(descriptor_, bytes.data(), bytes.size());
    if (size <= 0) {
      ended_ = true;
    } else {
      pending_.append(bytes.data(), static_cast<size_t>(size));
    }
  }
}

}  // namespace parley::load
