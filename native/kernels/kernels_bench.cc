// Nanoseconds per 20 ms frame of each kernel, on each instruction set of this machine:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target kernels_bench && build/release/native/kernels_bench
// Each row has its ratio to the last set, which is scalar, and to a memcpy of as many samples. The
// checksum is of everything computed: it must be the same on every row of a kernel.

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/assert.h"
#include "kernels/kernels.h"
#include "kernels/resampler.h"
#include "kernels/targets.h"
#include "testing/bench_row.h"

namespace parley {
namespace {

constexpr int kBatches = 60;
constexpr int kFramesInBatch = 400;
constexpr int16_t kFullScale = 32'000;

// FNV-1a over the bytes of a frame.
template <class Sample>
uint64_t Checksum(uint64_t before, std::span<const Sample> frame) {
  for (const Sample sample : frame) {
    uint64_t bits;
    if constexpr (std::is_same_v<Sample, float>) {
      bits = std::bit_cast<uint32_t>(sample);
    } else {
      bits = static_cast<uint64_t>(static_cast<int64_t>(sample));
    }
    before = (before ^ bits) * 0x100000001B3ULL;
  }
  return before;
}

constexpr uint64_t kChecksumStart = 0xCBF29CE484222325ULL;

// The fastest of many batches: what others do on this machine at the time only adds.
template <class Kernel>
double NsPerFrame(Kernel kernel) {
  double best = 1e18;
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto start = std::chrono::steady_clock::now();
    for (int frame = 0; frame < kFramesInBatch; ++frame) {
      kernel();
    }
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / kFramesInBatch);
  }
  return best;
}

// What was measured, kept until the baselines of all of it are known.
class Table {
 public:
  void Add(std::string_view kernel, uint32_t rate_hz, std::string_view target, double ns,
           uint64_t checksum) {
    rows_.push_back({std::string(kernel) + " " + std::to_string(rate_hz) + " Hz",
                     std::string(target), rate_hz, ns, checksum});
  }

  void Print() const {
    std::map<std::string, double> scalar_ns;
    std::map<std::string, uint64_t> computed;
    for (const Row& row : rows_) {
      scalar_ns[row.kernel] = row.ns;  // The last is the slowest set.
      // All sets compute the same.
      PARLEY_ASSERT(computed.try_emplace(row.kernel, row.checksum).first->second == row.checksum);
    }
    const std::string scalar = rows_.back().target;
    for (const Row& row : rows_) {
      testing::PrintBenchRow(
          row.kernel + " " + row.target, row.ns, "ns",
          {{scalar, row.ns / scalar_ns.at(row.kernel)}, {"memcpy", row.ns / MemcpyNs(row.rate_hz)}},
          row.checksum);
    }
  }

 private:
  struct Row {
    std::string kernel;
    std::string target;
    uint32_t rate_hz;
    double ns;
    uint64_t checksum;
  };

  // Of a frame of int16 at that rate.
  static double MemcpyNs(uint32_t rate_hz) {
    static std::map<uint32_t, double> measured;
    const auto found = measured.find(rate_hz);
    if (found != measured.end()) return found->second;
    std::vector<int16_t> from(rate_hz / 50, 1);
    std::vector<int16_t> to(from.size());
    return measured[rate_hz] = NsPerFrame([&] {
             std::memcpy(to.data(), from.data(), from.size() * sizeof(int16_t));
             // Nobody may know that the same is copied again and again.
             asm volatile("" : : "r"(to.data()) : "memory");
           });
  }

  std::vector<Row> rows_;
};

Table& TheTable() {
  static Table table;
  return table;
}

void Keep(std::string_view kernel, uint32_t rate_hz, std::string_view target, double ns,
          uint64_t checksum) {
  TheTable().Add(kernel, rate_hz, target, ns, checksum);
}

// One frame of everything a kernel may want.
struct Frames {
  explicit Frames(uint32_t rate_hz)
      : sum(rate_hz / 50), own(sum.size()), out(sum.size()), codes(sum.size()), gains(sum.size()) {
    std::mt19937 random(1);
    for (size_t i = 0; i < sum.size(); ++i) {
      own[i] = static_cast<int16_t>(random());
      sum[i] = static_cast<int32_t>(random() % 200'000) - 100'000;
      codes[i] = static_cast<uint8_t>(random());
      gains[i] = static_cast<float>(random() % 1000) / 1000.0F;
    }
  }

  std::vector<int32_t> sum;
  std::vector<int16_t> own;
  std::vector<int16_t> out;
  std::vector<uint8_t> codes;
  std::vector<float> gains;
};

void MeasureMix(uint32_t rate_hz, std::string_view target) {
  Frames frames(rate_hz);
  std::vector<int32_t> acc(frames.sum.size(), 0);
  kernels::AccumulateFrame(frames.own, acc);
  uint64_t checksum = Checksum<int32_t>(kChecksumStart, acc);
  // Each adds what the next takes away: the sum stays where it is however long this runs.
  const double both = NsPerFrame([&] {
    kernels::AccumulateFrame(frames.own, acc);
    kernels::SubtractFrame(acc, frames.own, frames.sum);
    std::swap(acc, frames.sum);
  });
  Keep("accumulate+subtract", rate_hz, target, both, checksum);

  Frames fresh(rate_hz);
  uint64_t peaks = 0;
  const double mix_minus =
      NsPerFrame([&] { peaks = kernels::MixMinusWithPeak(fresh.sum, fresh.own, fresh.out); });
  Keep("mix-minus with peak", rate_hz, target, mix_minus, Checksum<int16_t>(peaks, fresh.out));

  const double gain = NsPerFrame([&] { kernels::ApplyGain(fresh.sum, fresh.gains, fresh.out); });
  Keep("apply gain", rate_hz, target, gain, Checksum<int16_t>(kChecksumStart, fresh.out));

  std::array<float, kernels::kGainBlocks> needed;
  const double needs =
      NsPerFrame([&] { kernels::FindNeededGains(fresh.sum, 29'204.0F, 20'675.0F, needed); });
  Keep("gains needed", rate_hz, target, needs, Checksum<float>(kChecksumStart, needed));

  constexpr size_t kTaps = 10;
  const auto of = std::span<const float>(frames.gains);
  std::array<float, kernels::kGainBlocks + 1> edges;
  const double smooth = NsPerFrame(
      [&] { kernels::SmoothGains(of.first(edges.size() + kTaps - 1), of.first(kTaps), edges); });
  Keep("smooth gains", rate_hz, target, smooth, Checksum<float>(kChecksumStart, edges));

  std::vector<float> gains(fresh.sum.size());
  const double draw = NsPerFrame([&] { kernels::DrawGains(edges, gains); });
  Keep("draw gains", rate_hz, target, draw, Checksum<float>(kChecksumStart, gains));

  const double peak = NsPerFrame([&] { peaks = kernels::PeakMagnitude(fresh.sum); });
  Keep("peak", rate_hz, target, peak, peaks);
  const double narrow = NsPerFrame([&] { kernels::NarrowSaturate(fresh.sum, fresh.out); });
  Keep("narrow", rate_hz, target, narrow, Checksum<int16_t>(kChecksumStart, fresh.out));
  const double both_at_once =
      NsPerFrame([&] { peaks = kernels::NarrowWithPeak(fresh.sum, fresh.out); });
  Keep("narrow with peak", rate_hz, target, both_at_once, Checksum<int16_t>(peaks, fresh.out));

  uint64_t energy = 0;
  const double level = NsPerFrame([&] { energy = kernels::FrameEnergy(fresh.own); });
  Keep("energy", rate_hz, target, level, energy);

  uint64_t clipped = 0;
  const double clips =
      NsPerFrame([&] { clipped = kernels::SamplesAtFullScale(fresh.own, kFullScale); });
  Keep("samples at full scale", rate_hz, target, clips, clipped);
}

void MeasureL16(uint32_t rate_hz, std::string_view target) {
  Frames frames(rate_hz);
  std::vector<uint8_t> bytes(2 * frames.own.size());
  double ns = NsPerFrame([&] { kernels::EncodeBigEndian(frames.own, bytes); });
  Keep("l16 encode", rate_hz, target, ns, Checksum<uint8_t>(kChecksumStart, bytes));
  ns = NsPerFrame([&] { kernels::DecodeBigEndian(bytes, frames.out); });
  Keep("l16 decode", rate_hz, target, ns, Checksum<int16_t>(kChecksumStart, frames.out));
}

void MeasureG711(std::string_view target) {
  Frames frames(8000);
  double ns = NsPerFrame([&] { kernels::PcmuDecode(frames.codes, frames.out); });
  Keep("pcmu decode", 8000, target, ns, Checksum<int16_t>(kChecksumStart, frames.out));
  ns = NsPerFrame([&] { kernels::PcmaDecode(frames.codes, frames.out); });
  Keep("pcma decode", 8000, target, ns, Checksum<int16_t>(kChecksumStart, frames.out));
  ns = NsPerFrame([&] { kernels::PcmuEncode(frames.own, frames.codes); });
  Keep("pcmu encode", 8000, target, ns, Checksum<uint8_t>(kChecksumStart, frames.codes));
  ns = NsPerFrame([&] { kernels::PcmaEncode(frames.own, frames.codes); });
  Keep("pcma encode", 8000, target, ns, Checksum<uint8_t>(kChecksumStart, frames.codes));
}

void MeasureResampler(uint32_t input_hz, uint32_t output_hz, std::string_view target) {
  const Frames frames(input_hz);
  std::vector<int16_t> out(output_hz / 50);
  Resampler resampler;
  resampler.Reset(input_hz, output_hz);
  const double ns = NsPerFrame([&] { resampler.Process(frames.own, out); });
  char name[32];
  std::snprintf(name, sizeof(name), "resample to %u", output_hz);
  Keep(name, input_hz, target, ns, Checksum<int16_t>(kChecksumStart, out));
}

void MeasureAll(std::string_view target) {
  for (const uint32_t rate_hz : {8000U, 16'000U, 48'000U}) {
    MeasureMix(rate_hz, target);
    MeasureL16(rate_hz, target);
  }
  MeasureG711(target);
  for (const uint32_t input_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
    for (const uint32_t output_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
      if (input_hz != output_hz) {
        MeasureResampler(input_hz, output_hz, target);
      }
    }
  }
  // By rows of taps: the ratio is no small number.
  MeasureResampler(44'100, 48'000, target);
  MeasureResampler(48'000, 44'100, target);
}

}  // namespace
}  // namespace parley

int main() {
  for (const std::string_view target : parley::kernels::SupportedTargets()) {
    parley::kernels::ForceTarget(target);
    parley::MeasureAll(target);
  }
  parley::TheTable().Print();
  return 0;
}
