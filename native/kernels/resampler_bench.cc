// What decided how we resample: our FIR beside SpeexDSP and SoX's resampler, each measured for what
// it lets through and what it costs, for every pair of rates of codec and room:
//   apt-get install libspeexdsp-dev libsoxr-dev
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target resampler_bench && build/release/native/resampler_bench
// `stop` is the loudest that is left of a tone from 0.57 of the lower rate on, `pass` the most that
// one below 0.43 of it is changed. Only those with -60 dB or less may be compared: a `*` marks the
// cheapest of them. docs/adr/0007-resampling.md

#include <soxr.h>
#include <speex/speex_resampler.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "kernels/resampler.h"

namespace parley {
namespace {

constexpr double kAmplitude = 16'000;
constexpr double kStopDb = -60;
constexpr int kBatches = 40;
constexpr int kFramesInBatch = 200;

struct Rates {
  uint32_t input_hz;
  uint32_t output_hz;
  double lower_hz() const { return std::min(input_hz, output_hz); }
};

// One direction of one leg: 20 ms in, about as much out; `output` has room for a little more.
class Converter {
 public:
  virtual ~Converter() = default;
  virtual size_t Process(std::span<const int16_t> input, std::span<int16_t> output) = 0;
};

class Ours final : public Converter {
 public:
  explicit Ours(Rates rates) : frame_(rates.output_hz / 50) {
    resampler_.Reset(rates.input_hz, rates.output_hz);
  }
  size_t Process(std::span<const int16_t> input, std::span<int16_t> output) override {
    resampler_.Process(input, output.first(frame_));
    return frame_;
  }

 private:
  Resampler resampler_;
  size_t frame_;
};

class Speex final : public Converter {
 public:
  Speex(Rates rates, int quality) {
    int error = 0;
    state_ = speex_resampler_init(1, rates.input_hz, rates.output_hz, quality, &error);
  }
  ~Speex() override { speex_resampler_destroy(state_); }
  size_t Process(std::span<const int16_t> input, std::span<int16_t> output) override {
    auto taken = static_cast<spx_uint32_t>(input.size());
    auto given = static_cast<spx_uint32_t>(output.size());
    speex_resampler_process_int(state_, 0, input.data(), &taken, output.data(), &given);
    return given;
  }

 private:
  SpeexResamplerState* state_;
};

class Sox final : public Converter {
 public:
  Sox(Rates rates, unsigned long recipe) {
    const soxr_io_spec_t samples = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(recipe, 0);
    soxr_error_t error = nullptr;
    state_ = soxr_create(rates.input_hz, rates.output_hz, 1, &error, &samples, &quality, nullptr);
  }
  ~Sox() override { soxr_delete(state_); }
  size_t Process(std::span<const int16_t> input, std::span<int16_t> output) override {
    size_t taken = 0;
    size_t given = 0;
    soxr_process(state_, input.data(), input.size(), &taken, output.data(), output.size(), &given);
    return given;
  }

 private:
  soxr_t state_;
};

using Make = std::function<std::unique_ptr<Converter>(Rates)>;

std::vector<int16_t> Convert(const Make& make, Rates rates, double hz, size_t frames) {
  const std::unique_ptr<Converter> converter = make(rates);
  std::vector<int16_t> input(rates.input_hz / 50);
  std::vector<int16_t> output(rates.output_hz / 50 + 8);
  std::vector<int16_t> all;
  size_t sample = 0;
  for (size_t frame = 0; frame < frames; ++frame) {
    for (int16_t& value : input) {
      const double turns = hz * static_cast<double>(sample++) / rates.input_hz;
      value =
          static_cast<int16_t>(std::lround(kAmplitude * std::sin(2 * std::numbers::pi * turns)));
    }
    const size_t given = converter->Process(input, output);
    all.insert(all.end(), output.begin(), output.begin() + static_cast<ptrdiff_t>(given));
  }
  return all;
}

// After everything has filled.
std::span<const int16_t> Settled(const std::vector<int16_t>& all, Rates rates) {
  return std::span<const int16_t>(all).last(rates.output_hz / 50 * 10);
}

double StopBandDb(const Make& make, Rates rates) {
  double worst = -200;
  for (double hz = 0.57 * rates.lower_hz(); hz < 0.49 * rates.input_hz; hz += 350) {
    const double tone_hz = std::ceil(hz / 50) * 50;
    const std::vector<int16_t> all = Convert(make, rates, tone_hz, 24);
    double energy = 0;
    for (const int16_t sample : Settled(all, rates)) energy += static_cast<double>(sample) * sample;
    const double power = energy / static_cast<double>(rates.output_hz / 50 * 10);
    worst = std::max(worst, 10 * std::log10(std::max(power, 1e-3) / (kAmplitude * kAmplitude / 2)));
  }
  return worst;
}

// Images of tones in the pass band count as well as the band's ripple: where the rate goes up,
// there is no stop band but them.
struct PassBand {
  double ripple_db = 0;
  double image_db = -200;
};

PassBand MeasurePassBand(const Make& make, Rates rates) {
  PassBand band;
  for (double hz = 200; hz <= 0.43 * rates.lower_hz(); hz += 350) {
    const double tone_hz = std::floor(hz / 50) * 50;
    const std::vector<int16_t> all = Convert(make, rates, tone_hz, 24);
    const auto part = Settled(all, rates);
    std::complex<double> bin = 0;
    double energy = 0;
    for (size_t i = 0; i < part.size(); ++i) {
      const double turns = tone_hz * static_cast<double>(i) / rates.output_hz;
      bin += static_cast<double>(part[i]) * std::polar(1.0, -2 * std::numbers::pi * turns);
      energy += static_cast<double>(part[i]) * part[i];
    }
    const auto count = static_cast<double>(part.size());
    const double amplitude = 2 * std::abs(bin) / count;
    band.ripple_db = std::max(band.ripple_db, std::abs(20 * std::log10(amplitude / kAmplitude)));
    const double residue = std::max(energy / count - amplitude * amplitude / 2, 1e-3);
    band.image_db =
        std::max(band.image_db, 10 * std::log10(residue / (kAmplitude * kAmplitude / 2)));
  }
  return band;
}

// The fastest of many batches: what others do on this machine at the time only adds.
double MicrosecondsPerFrame(const Make& make, Rates rates) {
  const std::unique_ptr<Converter> converter = make(rates);
  std::vector<int16_t> input(rates.input_hz / 50);
  for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<int16_t>(i * 7919);
  std::vector<int16_t> output(rates.output_hz / 50 + 8);
  double best = 1e18;
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto start = std::chrono::steady_clock::now();
    for (int frame = 0; frame < kFramesInBatch; ++frame) converter->Process(input, output);
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / kFramesInBatch);
  }
  return best;
}

struct Candidate {
  std::string name;
  Make make;
};

std::vector<Candidate> Candidates() {
  std::vector<Candidate> all = {
      {"ours", [](Rates rates) { return std::make_unique<Ours>(rates); }}};
  for (const int quality : {2, 3, 4, 5, 6, 7, 8}) {
    all.push_back({"speexdsp q" + std::to_string(quality),
                   [quality](Rates rates) { return std::make_unique<Speex>(rates, quality); }});
  }
  all.push_back({"soxr low", [](Rates rates) { return std::make_unique<Sox>(rates, SOXR_LQ); }});
  all.push_back({"soxr medium", [](Rates rates) { return std::make_unique<Sox>(rates, SOXR_MQ); }});
  return all;
}

void Compare(Rates rates) {
  struct Row {
    std::string name;
    double stop_db;
    double ripple_db;
    double us;
  };
  std::vector<Row> rows;
  for (const Candidate& candidate : Candidates()) {
    const PassBand band = MeasurePassBand(candidate.make, rates);
    const double stop_db = std::max(band.image_db, StopBandDb(candidate.make, rates));
    rows.push_back(
        {candidate.name, stop_db, band.ripple_db, MicrosecondsPerFrame(candidate.make, rates)});
  }
  const Row* cheapest = nullptr;
  for (const Row& row : rows) {
    const bool is_fit = row.stop_db <= kStopDb;
    if (is_fit && (cheapest == nullptr || row.us < cheapest->us)) cheapest = &row;
  }
  for (const Row& row : rows) {
    std::printf("%5u to %5u  %-13s  stop %7.1f dB  pass %5.2f dB  %8.2f us %s\n", rates.input_hz,
                rates.output_hz, row.name.c_str(), row.stop_db, row.ripple_db, row.us,
                &row == cheapest ? "*" : "");
  }
}

}  // namespace
}  // namespace parley

int main() {
  for (const uint32_t codec_hz : {8000u, 16'000u, 24'000u, 44'100u, 48'000u}) {
    for (const uint32_t room_hz : {8000u, 16'000u, 48'000u}) {
      // Each pair once, both ways.
      const bool is_pair_of_rooms = codec_hz == 8000 || codec_hz == 16'000 || codec_hz == 48'000;
      if (codec_hz == room_hz || (is_pair_of_rooms && codec_hz > room_hz)) continue;
      parley::Compare({codec_hz, room_hz});
      parley::Compare({room_hz, codec_hz});
    }
  }
  return 0;
}
