// Nanoseconds per 20 ms frame of each kernel, on each instruction set of this machine:
//   cmake -S . -B build/bench -DPARLEY_BENCH=ON -DPARLEY_ADDON=OFF
//   cmake --build build/bench --target kernels_bench && build/bench/native/kernels_bench
// The checksum is of everything computed: it must be the same on every line of a kernel.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/resampler.h"
#include "kernels/targets.h"

namespace parley {
namespace {

constexpr int kBatches = 60;
constexpr int kFramesInBatch = 400;

// FNV-1a over the bytes of a frame.
template <class Sample>
uint64_t Checksum(uint64_t before, std::span<const Sample> frame) {
  for (const Sample sample : frame) {
    before = (before ^ static_cast<uint64_t>(static_cast<int64_t>(sample))) * 0x100000001B3ULL;
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

void Print(std::string_view kernel, uint32_t rate_hz, std::string_view target, double ns,
           uint64_t checksum) {
  std::printf("%-22.*s %5u Hz  %-7.*s %9.1f ns  %016llx\n", static_cast<int>(kernel.size()),
              kernel.data(), rate_hz, static_cast<int>(target.size()), target.data(), ns,
              static_cast<unsigned long long>(checksum));
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
  Print("accumulate+subtract", rate_hz, target, both, checksum);

  Frames fresh(rate_hz);
  uint64_t peaks = 0;
  const double mix_minus =
      NsPerFrame([&] { peaks = kernels::MixMinusWithPeak(fresh.sum, fresh.own, fresh.out); });
  Print("mix-minus with peak", rate_hz, target, mix_minus, Checksum<int16_t>(peaks, fresh.out));

  const double gain = NsPerFrame([&] { kernels::ApplyGain(fresh.sum, fresh.gains, fresh.out); });
  Print("apply gain", rate_hz, target, gain, Checksum<int16_t>(kChecksumStart, fresh.out));

  uint64_t energy = 0;
  const double level = NsPerFrame([&] { energy = kernels::FrameEnergy(fresh.own); });
  Print("energy", rate_hz, target, level, energy);
}

void MeasureG711(std::string_view target) {
  Frames frames(8000);
  double ns = NsPerFrame([&] { kernels::PcmuDecode(frames.codes, frames.out); });
  Print("pcmu decode", 8000, target, ns, Checksum<int16_t>(kChecksumStart, frames.out));
  ns = NsPerFrame([&] { kernels::PcmaDecode(frames.codes, frames.out); });
  Print("pcma decode", 8000, target, ns, Checksum<int16_t>(kChecksumStart, frames.out));
  ns = NsPerFrame([&] { kernels::PcmuEncode(frames.own, frames.codes); });
  Print("pcmu encode", 8000, target, ns, Checksum<uint8_t>(kChecksumStart, frames.codes));
  ns = NsPerFrame([&] { kernels::PcmaEncode(frames.own, frames.codes); });
  Print("pcma encode", 8000, target, ns, Checksum<uint8_t>(kChecksumStart, frames.codes));
}

void MeasureResampler(uint32_t input_hz, uint32_t output_hz, std::string_view target) {
  const Frames frames(input_hz);
  std::vector<int16_t> out(output_hz / 50);
  Resampler resampler;
  resampler.Reset(input_hz, output_hz);
  const double ns = NsPerFrame([&] { resampler.Process(frames.own, out); });
  char name[32];
  std::snprintf(name, sizeof(name), "resample to %u", output_hz);
  Print(name, input_hz, target, ns, Checksum<int16_t>(kChecksumStart, out));
}

void MeasureAll(std::string_view target) {
  for (const uint32_t rate_hz : {8000U, 16'000U, 48'000U}) {
    MeasureMix(rate_hz, target);
  }
  MeasureG711(target);
  for (const uint32_t input_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
    for (const uint32_t output_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
      if (input_hz != output_hz) {
        MeasureResampler(input_hz, output_hz, target);
      }
    }
  }
}

}  // namespace
}  // namespace parley

int main() {
  for (const std::string_view target : parley::kernels::SupportedTargets()) {
    parley::kernels::ForceTarget(target);
    parley::MeasureAll(target);
  }
  return 0;
}
