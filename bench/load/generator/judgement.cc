#include "judgement.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace parley::load {
namespace {

constexpr uint32_t kToldMax = 5;
constexpr int kNiceness = 10;

struct Judged {
  uint32_t right = 0;
  double own_db_max = -120;
  std::string worst;  // some of those that were not right, JSON
};

// A thread begins with the scheduling of the one that made it, which keeps a pace.
void BeInNoHurry() {
  const sched_param none{};
  pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
  setpriority(PRIO_PROCESS, 0, kNiceness);
}

Judged JudgeAll(const Measurement& measurement) {
  Judged judged;
  const Ear ear(measurement.coding);
  uint32_t told = 0;
  for (const HeardStretch& heard : measurement.heard) {
    const Speaker* own = heard.own.has_value() ? &*heard.own : nullptr;
    const Verdict verdict = ear.Judge(heard.stretch, heard.speakers, own, heard.tolerance);
    judged.right += verdict.is_right ? 1 : 0;
    judged.own_db_max = std::max(judged.own_db_max, verdict.own_db);
    if (verdict.is_right || told >= kToldMax) continue;
    std::array<char, 128> text;
    std::snprintf(
        text.data(), text.size(), "%s{\"leg\":%u,\"gainDb\":%.1f,\"restDb\":%.1f,\"ownDb\":%.1f}",
        told == 0 ? "" : ",", heard.line, verdict.gain_db, verdict.rest_db, verdict.own_db);
    judged.worst += text.data();
    ++told;
  }
  return judged;
}

}  // namespace

std::string Judge(const Measurement& measurement) {
  BeInNoHurry();
  const Judged judged = JudgeAll(measurement);
  const Tally& tally = measurement.tally;
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::array<char, 2048> text;
  std::snprintf(
      text.data(), text.size(),
      "{\"legs\":%llu,\"sent\":%llu,\"received\":%llu,\"framesRight\":%llu,\"framesWrong\":%llu,"
      "\"framesMoved\":%llu,"
      "\"stretches\":%zu,\"stretchesRight\":%u,\"ownDbMax\":%.1f,\"checksum\":\"%08x\","
      "\"lateMsP50\":%.2f,\"lateMsP99\":%.2f,\"lateMsP999\":%.2f,\"lateMsMax\":%.2f,"
      "\"laterThan20Ms\":%llu,\"laterThan60Ms\":%llu,\"sendLateMsP99\":%.2f,\"sendLateMsMax\":%.2f,"
      "\"generatorUsPerLegFrame\":%.2f,\"wrong\":[%s]}",
      number(measurement.lines_up), number(tally.sent), number(tally.received), number(tally.right),
      number(tally.wrong), number(tally.moved), measurement.heard.size(), judged.right,
      judged.own_db_max, measurement.checksum, tally.lateness.QuantileMs(0.5),
      tally.lateness.QuantileMs(0.99), tally.lateness.QuantileMs(0.999),
      tally.lateness.QuantileMs(1), number(tally.lateness.LongerThanMs(20)),
      number(tally.lateness.LongerThanMs(60)), tally.sending.QuantileMs(0.99),
      tally.sending.QuantileMs(1),
      measurement.cpu_us / std::max(1.0, static_cast<double>(tally.sent)), judged.worst.c_str());
  return text.data();
}

}  // namespace parley::load
