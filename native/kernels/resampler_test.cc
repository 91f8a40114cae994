#include "kernels/resampler.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include "kernels/each_target.h"
#include "kernels/resampler_bank.h"
#include "testing/allocation_trap.h"

namespace parley {
namespace {

struct Rates {
  uint32_t input_hz;
  uint32_t output_hz;

  double lower_hz() const { return std::min(input_hz, output_hz); }
};

std::vector<Rates> AllRates() {
  std::vector<Rates> all;
  for (const uint32_t input_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
    for (const uint32_t output_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
      if (input_hz != output_hz) {
        all.push_back({input_hz, output_hz});
      }
    }
  }
  for (const uint32_t rate_hz : {8000U, 16'000U, 48'000U}) {
    all.push_back({44'100, rate_hz});
    all.push_back({rate_hz, 44'100});
  }
  return all;
}

std::vector<int16_t> Convert(Resampler& resampler, Rates rates, std::span<const int16_t> input) {
  const size_t frame_in = rates.input_hz / 50;
  const size_t frame_out = rates.output_hz / 50;
  std::vector<int16_t> output(input.size() / frame_in * frame_out);
  for (size_t frame = 0; frame < input.size() / frame_in; ++frame) {
    resampler.Process(input.subspan(frame * frame_in, frame_in),
                      std::span(output).subspan(frame * frame_out, frame_out));
  }
  return output;
}

std::vector<int16_t> Convert(Rates rates, std::span<const int16_t> input) {
  Resampler resampler;
  resampler.Reset(rates.input_hz, rates.output_hz);
  return Convert(resampler, rates, input);
}

constexpr double kAmplitude = 16'000.0;

std::vector<int16_t> Tone(double hz, uint32_t rate_hz, size_t frames) {
  std::vector<int16_t> tone(rate_hz / 50 * frames);
  for (size_t i = 0; i < tone.size(); ++i) {
    const double turn = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz;
    tone[i] = static_cast<int16_t>(std::lround(kAmplitude * std::sin(turn)));
  }
  return tone;
}

// What a tone became, once the filter has filled: tones are multiples of 50 Hz, so that 20 ms
// frames hold whole periods and the parts of the spectrum do not mix.
struct Heard {
  double gain_db;     // of the tone itself
  double residue_db;  // everything else, relative to the tone sent
  double delay_s;     // by the phase of the tone, modulo its period
};

Heard Measure(Rates rates, double hz) {
  const std::vector<int16_t> all = Convert(rates, Tone(hz, rates.input_hz, 12));
  const auto part = std::span(all).subspan(rates.output_hz / 50 * 2);
  std::complex<double> bin = 0.0;
  double energy = 0.0;
  for (size_t i = 0; i < part.size(); ++i) {
    const double turn = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / rates.output_hz;
    bin += static_cast<double>(part[i]) * std::polar(1.0, -turn);
    energy += static_cast<double>(part[i]) * part[i];
  }
  const auto count = static_cast<double>(part.size());
  const double amplitude = 2.0 * std::abs(bin) / count;
  const double sent = kAmplitude * kAmplitude / 2.0;
  const double residue = std::max(energy / count - amplitude * amplitude / 2.0, 1e-9);
  // sin(x - d) is seen at phase -pi/2 - d.
  double phase = -std::arg(bin) - std::numbers::pi / 2.0;
  phase = phase < -1e-3 ? phase + 2.0 * std::numbers::pi : phase;
  return {20.0 * std::log10(amplitude / kAmplitude), 10.0 * std::log10(residue / sent),
          phase / (2.0 * std::numbers::pi * hz)};
}

TEST(Resampler, PassesTonesUpTo043OfTheLowerRateWithinATenthOfADecibel) {
  for (const Rates rates : AllRates()) {
    const double highest_hz = 0.43 * rates.lower_hz();
    for (double hz = 50.0; hz <= highest_hz; hz += 150.0) {
      const Heard heard = Measure(rates, hz);
      EXPECT_NEAR(heard.gain_db, 0.0, 0.1) << rates.input_hz << ' ' << rates.output_hz << ' ' << hz;
      EXPECT_LT(heard.residue_db, -60.0) << rates.input_hz << ' ' << rates.output_hz << ' ' << hz;
    }
  }
}

TEST(Resampler, StopsTonesFrom057OfTheLowerRateOn) {
  for (const Rates rates : AllRates()) {
    for (double hz = 0.57 * rates.lower_hz() + 40.0; hz < rates.input_hz / 2.0; hz += 350.0) {
      const double tone_hz = std::floor(hz / 50.0) * 50.0;
      const std::vector<int16_t> all = Convert(rates, Tone(tone_hz, rates.input_hz, 12));
      const auto part = std::span(all).subspan(rates.output_hz / 50 * 2);
      double energy = 0.0;
      for (const int16_t sample : part) {
        energy += static_cast<double>(sample) * sample;
      }
      const double power = std::max(energy / static_cast<double>(part.size()), 1e-9);
      EXPECT_LT(10.0 * std::log10(power / (kAmplitude * kAmplitude / 2.0)), -60.0)
          << rates.input_hz << ' ' << rates.output_hz << ' ' << tone_hz;
    }
  }
}

TEST(Resampler, DelaysBy16SamplesOfTheLowerRate) {
  for (const Rates rates : AllRates()) {
    // Periods longer than the delay, so that the phase tells it without doubt.
    for (const double hz : {50.0, 300.0}) {
      EXPECT_NEAR(Measure(rates, hz).delay_s, 16.0 / rates.lower_hz(), 2e-6)
          << rates.input_hz << ' ' << rates.output_hz;
    }
  }
}

TEST(Resampler, KeepsAConstantExactly) {
  for (const Rates rates : AllRates()) {
    for (const int level : {INT16_MIN, -1, 0, 1, 12'345, INT16_MAX}) {
      const auto value = static_cast<int16_t>(level);
      const auto output = Convert(rates, std::vector<int16_t>(rates.input_hz / 50 * 2, value));
      const auto settled = std::span(output).subspan(output.size() / 2);
      EXPECT_TRUE(std::all_of(settled.begin(), settled.end(),
                              [value](int16_t sample) { return sample == value; }))
          << rates.input_hz << ' ' << rates.output_hz << ' ' << value;
    }
  }
}

// The definition: zeros between the samples up to the common rate, the low-pass in doubles over
// the whole stream, and every so many-th sample kept. Nothing of frames, branches or Q14.
std::vector<double> Reference(Rates rates, std::span<const int16_t> input) {
  const uint32_t common = std::gcd(rates.input_hz, rates.output_hz);
  const int up = static_cast<int>(rates.output_hz / common);
  const int down = static_cast<int>(rates.input_hz / common);
  const int ratio = std::max(up, down);
  std::vector<double> output;
  for (int at = 0; at < static_cast<int>(input.size()) * up; at += down) {
    double sum = 0.0;
    double taps = 0.0;
    for (int i = at / up; i >= at / up - 32 * ratio / up - 1; --i) {
      const double tap = resampler_math::LowPass(at - i * up - 16 * ratio, ratio);
      taps += tap;
      sum += i >= 0 ? tap * input[static_cast<size_t>(i)] : 0.0;
    }
    output.push_back(sum / taps);
  }
  return output;
}

class ResamplerTargets : public testing::EachTarget {};

TEST_P(ResamplerTargets, IsTheFilterOfTheWholeStreamAcrossFrames) {
  std::mt19937 random(1);
  for (const Rates rates : AllRates()) {
    std::vector<int16_t> input(rates.input_hz / 50 * 4);
    for (int16_t& sample : input) {
      sample = static_cast<int16_t>(static_cast<int32_t>(random() % 40'001) - 20'000);
    }
    const std::vector<int16_t> output = Convert(rates, input);
    const std::vector<double> expected = Reference(rates, input);
    ASSERT_EQ(output.size(), expected.size());
    double largest = 0.0;
    double energy = 0.0;
    for (size_t i = 0; i < output.size(); ++i) {
      const double error = output[i] - std::clamp(expected[i], -32768.0, 32767.0);
      largest = std::max(largest, std::abs(error));
      energy += error * error;
    }
    // Rounding taps to Q14 leaves noise 68 dB or more below this signal.
    EXPECT_LT(largest, 20.0) << rates.input_hz << ' ' << rates.output_hz;
    EXPECT_LT(std::sqrt(energy / static_cast<double>(output.size())), 4.5)
        << rates.input_hz << ' ' << rates.output_hz;
  }
}

TEST_P(ResamplerTargets, GivesTheSameBitsOnEveryTarget) {
  std::mt19937 random(2);
  for (const Rates rates : AllRates()) {
    const std::vector<int16_t> input = testing::WildFrame(rates.input_hz / 50 * 3, random);
    const std::vector<int16_t> here = Convert(rates, input);
    ASSERT_TRUE(kernels::ForceTarget(kernels::SupportedTargets().back()));
    EXPECT_EQ(here, Convert(rates, input)) << rates.input_hz << ' ' << rates.output_hz;
    ASSERT_TRUE(kernels::ForceTarget(GetParam()));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ResamplerTargets, testing::AllTargets(), testing::TargetName);

TEST(Resampler, SaturatesWhatOvershootsFullScale) {
  for (const Rates rates : AllRates()) {
    // A full-scale square wave well inside the pass band overshoots when its harmonics are cut.
    std::vector<int16_t> input(rates.input_hz / 50 * 2);
    const size_t half_period = rates.input_hz / 1000;
    for (size_t i = 0; i < input.size(); ++i) {
      input[i] = i / half_period % 2 == 0 ? INT16_MAX : INT16_MIN;
    }
    const std::vector<int16_t> output = Convert(rates, input);
    const size_t delay = static_cast<size_t>(16.0 / rates.lower_hz() * rates.output_hz);
    for (size_t i = 0; i + delay < output.size(); ++i) {
      const size_t in_half = i * rates.input_hz / rates.output_hz % half_period;
      if (in_half > half_period / 4 && in_half < half_period * 3 / 4) {
        const bool is_high = i * rates.input_hz / rates.output_hz / half_period % 2 == 0;
        ASSERT_EQ(output[i + delay] > 0, is_high) << rates.input_hz << ' ' << rates.output_hz;
      }
    }
  }
}

TEST(Resampler, ResetForgetsTheStreamBefore) {
  std::mt19937 random(3);
  for (const Rates rates : AllRates()) {
    Resampler used;
    used.Reset(rates.input_hz, rates.output_hz);
    Convert(used, rates, testing::WildFrame(rates.input_hz / 50, random));
    used.Reset(rates.input_hz, rates.output_hz);
    const std::vector<int16_t> input = testing::WildFrame(rates.input_hz / 50, random);
    EXPECT_EQ(Convert(used, rates, input), Convert(rates, input));
  }
}

TEST(Resampler, PrimingGoesOnAsTheStreamBefore) {
  for (const Rates rates : AllRates()) {
    const std::vector<int16_t> tone = Tone(350.0, rates.input_hz, 6);
    const size_t frame_in = rates.input_hz / 50;
    const std::vector<int16_t> all = Convert(rates, tone);
    const auto rest = std::span(tone).subspan(5 * frame_in);
    Resampler primed;
    primed.Reset(rates.input_hz, rates.output_hz);
    const auto before = std::span(tone).subspan(5 * frame_in - Resampler::kHistoryMax);
    primed.Prime(before.first<Resampler::kHistoryMax>());
    const std::vector<int16_t> heard = Convert(primed, rates, rest);
    EXPECT_TRUE(std::equal(heard.begin(), heard.end(), all.end() - rates.output_hz / 50))
        << rates.input_hz << " to " << rates.output_hz;
  }
}

TEST(Resampler, ACopyContinuesTheStreamOnItsOwn) {
  std::mt19937 random(4);
  const Rates rates = {48'000, 8000};
  const std::vector<int16_t> input = testing::WildFrame(rates.input_hz / 50 * 2, random);
  const std::vector<int16_t> whole = Convert(rates, input);
  Resampler first;
  first.Reset(rates.input_hz, rates.output_hz);
  Convert(first, rates, std::span(input).first(960));
  Resampler second = first;
  Convert(first, rates, testing::WildFrame(960, random));
  const std::vector<int16_t> tail = Convert(second, rates, std::span(input).subspan(960));
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), whole.begin() + 160));
}

TEST(Resampler, EqualRatesPassTheFrameThrough) {
  std::mt19937 random(5);
  for (const uint32_t rate_hz : {8000U, 16'000U, 24'000U, 48'000U}) {
    Resampler resampler;
    resampler.Reset(rate_hz, rate_hz);
    EXPECT_TRUE(resampler.is_identity());
    const std::vector<int16_t> input = testing::WildFrame(rate_hz / 50, random);
    std::vector<int16_t> output(input.size());
    resampler.Process(input, output);
    EXPECT_EQ(output, input);
  }
  EXPECT_TRUE(Resampler().is_identity());
}

TEST(Resampler, AllocatesNothingNotEvenInReset) {
  const std::vector<int16_t> input(960, 1000);
  std::vector<int16_t> output(160);
  const testing::AllocationTrap trap;
  Resampler resampler;
  resampler.Reset(48'000, 8000);
  resampler.Process(input, output);
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley
