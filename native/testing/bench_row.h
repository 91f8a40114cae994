// One figure of a bench, as bench/main.ts reads it: what it is of, how much, its ratio to named
// baselines of the same run, and a checksum of what was computed.

#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>

namespace parley::testing {

// How much of a baseline it is: 2 is twice as much.
struct BenchRatio {
  std::string baseline;
  double ratio;
};

// A line of tab-separated fields: row, name, value, unit, ratios, checksum.
inline void PrintBenchRow(const std::string& name, double value, const char* unit,
                          std::initializer_list<BenchRatio> ratios, uint64_t checksum) {
  std::string said;
  for (const BenchRatio& each : ratios) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f", each.ratio);
    said += (said.empty() ? "" : ", ") + std::string(text) + " of " + each.baseline;
  }
  std::printf("row\t%s\t%.3f\t%s\t%s\t%016llx\n", name.c_str(), value, unit, said.c_str(),
              static_cast<unsigned long long>(checksum));
  std::fflush(stdout);
}

}  // namespace parley::testing
