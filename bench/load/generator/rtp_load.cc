// Many telephones in one process: each sends 50 packets a second, and what comes back is judged.
//
//   rtp_load LINES pcmu|opus shared|own [RECORDING...]
//
// Prints the ports of its telephones on one line, and then does what it is told (orders.h). Send
// instants are spread over slots of 1 ms; telephones of a slot share a socket, or each has its own.
// Each RECORDING is raw int16 at 48 kHz, what a speech voice says; without any they are made up.

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/realtime_scheduling.h"
#include "exchange.h"
#include "judgement.h"
#include "now.h"
#include "orders.h"
#include "voice.h"

namespace parley::load {
namespace {

constexpr uint32_t kLinesMax = 20'000;
constexpr int64_t kPaceLostNs = 20 * kNsPerMs;
constexpr int64_t kSlotsPerSecond = 1000;
// Telephones keep their own time: without this the daemon's threads, on the same cores, make them
// send in bursts, and its jitter buffers answer to that. Below the engine's own priority.
constexpr int kRealtimePriority = 10;

std::vector<int16_t> ReadRecording(const char* path) {
  std::vector<int16_t> samples;
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) {
    std::perror(path);
    std::exit(1);
  }
  int16_t sample = 0;
  while (std::fread(&sample, sizeof sample, 1, file) == 1) samples.push_back(sample);
  std::fclose(file);
  return samples;
}

void Say(const char* text) {
  std::printf("%s\n", text);
  std::fflush(stdout);
}

// Carries the load out, slot after slot, until it is told to quit.
class Program {
 public:
  explicit Program(Exchange& exchange) : exchange_(exchange) {}

  int Run() {
    const RealtimeScheduling pace(kRealtimePriority);
    if (const int error = pace.error(); error != 0) {
      std::fprintf(stderr, "rtp_load: it may send late, without real-time scheduling: %s\n",
                   std::strerror(error));
    }
    for (; !has_quit_; ++slot_) {
      int64_t deadline_ns = started_ns_ + slot_ * kNsPerMs;
      SleepUntilSteady(deadline_ns);
      // Coding a new voice takes a while. What was not said meanwhile is not made up
      // for.
      if (measured_until_ < 0 && SteadyNs() - deadline_ns > kPaceLostNs) {
        deadline_ns = SteadyNs();
        started_ns_ = deadline_ns - slot_ * kNsPerMs;
      }
      exchange_.Slot(slot_, SteadyNs() - deadline_ns);
      if (measured_until_ >= 0 && slot_ + 1 >= measured_until_) EndMeasuring();
      SayWhenJudged();
      // Whoever gave orders may be gone, which is a last order that never ends.
      while (!has_quit_) {
        const std::optional<std::string> line = reader_.Next();
        if (!line.has_value()) break;
        const std::optional<Order> order = ParseOrder(*line);
        if (order.has_value() &&
            std::visit([this](const auto& known) { return Carry(known); }, *order))
          continue;
        std::fprintf(stderr, "rtp_load: this makes no sense: %.200s\n", line->c_str());
        return 1;
      }
    }
    return 0;
  }

 private:
  bool Carry(const AnswerOrder& order) { return exchange_.Carry(order); }
  bool Carry(const HangUpOrder& order) { return exchange_.Carry(order); }
  bool Carry(const MeasureOrder& order) {
    if (measured_until_ >= 0 || judging_.valid() || order.seconds == 0) return false;
    exchange_.BeginMeasuring(order.seconds);
    measured_until_ = slot_ + 1 + int64_t{order.seconds} * kSlotsPerSecond;
    return true;
  }
  bool Carry(const SyncOrder&) {
    Say("ready");
    return true;
  }
  bool Carry(const QuitOrder&) { return has_quit_ = true; }

  // Whoever stopped talking to judge would be heard as a stall by every jitter buffer.
  void EndMeasuring() {
    Say("measured");
    judging_ = std::async(std::launch::async, Judge, exchange_.EndMeasuring());
    measured_until_ = -1;
  }

  void SayWhenJudged() {
    if (!judging_.valid()) return;
    if (judging_.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
      Say(judging_.get().c_str());
  }

  Exchange& exchange_;
  OrderReader reader_{STDIN_FILENO};
  bool has_quit_ = false;
  int64_t started_ns_ = SteadyNs();
  int64_t slot_ = 0;
  std::future<std::string> judging_;
  int64_t measured_until_ = -1;  // a slot; -1 while nothing is measured
};

}  // namespace
}  // namespace parley::load

int main(int argc, char** argv) {
  using namespace parley::load;
  const std::string_view coding = argc >= 4 ? argv[2] : "";
  const std::string_view sockets = argc >= 4 ? argv[3] : "";
  const unsigned long count = argc >= 4 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if ((coding != "pcmu" && coding != "opus") || (sockets != "shared" && sockets != "own") ||
      count < 1 || count > kLinesMax) {
    std::fprintf(stderr, "usage: rtp_load LINES pcmu|opus shared|own [RECORDING...]\n");
    return 2;
  }
  std::vector<std::vector<int16_t>> speech;
  for (int index = 4; index < argc; ++index) speech.push_back(ReadRecording(argv[index]));
  const Coding spoken = coding == "opus" ? Coding::kOpus : Coding::kPcmu;
  Exchange exchange(static_cast<uint32_t>(count), spoken,
                    sockets == "own" ? Sockets::kOwn : Sockets::kShared,
                    Voices(spoken, std::move(speech)));
  std::string ports;
  for (uint32_t line = 0; line < exchange.lines(); ++line) {
    ports += (ports.empty() ? "" : " ") + std::to_string(exchange.PortOf(line));
  }
  Say(ports.c_str());
  return Program(exchange).Run();
}
