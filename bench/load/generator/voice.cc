#include "voice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <random>

#include "fnv.h"
#include "g711.h"
#include "opus_coder.h"
#include "testing/signals.h"

namespace parley::load {
namespace {

constexpr uint32_t kVoiceRateHz = 48'000;
constexpr uint32_t kVoiceFrameSamples = kVoiceRateHz / 50;
constexpr int kDownBy = kVoiceRateHz / kEarRateHz;
constexpr double kSpeechDbov = -26;
// The background of every telephone. Ranking of talkers goes by how far they are above theirs, so
// that it must be there.
constexpr double kNoiseAmplitude = 24;
constexpr double kPauseSecondsMax = 0.08;
constexpr double kPauseSample = 150;
constexpr double kLoopSeconds = 6;
constexpr size_t kMadeUpVoices = 8;

std::array<double, 97> LowPass() {
  std::array<double, 97> taps{};
  double sum = 0;
  for (size_t i = 0; i < taps.size(); ++i) {
    const double at = static_cast<double>(i) - 48;
    const double turn = 2 * std::numbers::pi * 3400 / kVoiceRateHz;
    const double sinc = at == 0 ? turn : std::sin(turn * at) / at;
    taps[i] = sinc * (0.54 + 0.46 * std::cos(std::numbers::pi * at / 48));
    sum += taps[i];
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

// To kEarRateHz; a loop stays one.
std::vector<int16_t> Down(std::span<const int16_t> loop48) {
  static const std::array<double, 97> taps = LowPass();
  const size_t size = loop48.size();
  std::vector<int16_t> down(size / kDownBy);
  for (size_t out = 0; out < down.size(); ++out) {
    double sum = 0;
    for (size_t tap = 0; tap < taps.size(); ++tap) {
      sum += taps[tap] * loop48[(out * kDownBy + size + tap - 48) % size];
    }
    down[out] = static_cast<int16_t>(std::lround(sum));
  }
  return down;
}

// Pauses shortened, so that somebody who talks is heard in every stretch of it.
std::vector<int16_t> WithoutPauses(std::span<const int16_t> sound) {
  const auto longest = static_cast<size_t>(kPauseSecondsMax * kVoiceRateHz);
  std::vector<int16_t> kept;
  size_t quiet = longest;
  for (const int16_t sample : sound) {
    quiet = std::abs(sample) < kPauseSample ? quiet + 1 : 0;
    if (quiet < longest) kept.push_back(sample);
  }
  return kept;
}

double RmsOf(std::span<const int16_t> sound) {
  double squares = 1;
  for (const int16_t sample : sound) squares += 1.0 * sample * sample;
  return std::sqrt(squares / static_cast<double>(std::max<size_t>(1, sound.size())));
}

}  // namespace

Voices::Voices(Coding coding, std::vector<std::vector<int16_t>> speech)
    : coding_(coding), speech_(std::move(speech)) {
  for (uint32_t seed = 1; speech_.size() < kMadeUpVoices && seed <= kMadeUpVoices; ++seed) {
    speech_.push_back(testing::Speech(12'000, 2 * kLoopSeconds, kVoiceRateHz, seed));
  }
}

const Voice* Voices::Find(const std::string& name) {
  const auto found = made_.find(name);
  if (found != made_.end()) return &found->second;
  Voice voice = Make(name);
  if (voice.payloads.empty()) return nullptr;
  Fnv hash;
  double squares = 0;
  for (const int16_t sample : voice.sound) {
    hash.Add(static_cast<uint16_t>(sample));
    squares += 1.0 * sample * sample;
  }
  voice.checksum = hash.value();
  voice.mean_square = squares / static_cast<double>(voice.sound.size());
  return &made_.emplace(name, std::move(voice)).first->second;
}

Voice Voices::Make(const std::string& name) const {
  unsigned number = 0;
  double gain_db = 0;
  if (name == "silence") {
    Voice voice = Coded(std::vector<int16_t>(kVoiceFrameSamples));
    voice.is_silence = true;
    return voice;
  }
  if (std::sscanf(name.c_str(), "speech:%u:%lf", &number, &gain_db) == 2) {
    return Speech(number % speech_.size(), gain_db);
  }
  if (std::sscanf(name.c_str(), "tone:%u", &number) != 1 || coding_ != Coding::kPcmu) return {};
  Voice voice;
  voice.payloads.emplace_back();
  voice.is_one_frame = true;
  for (uint32_t index = 0; index < kEarFrameSamples; ++index) {
    double sample = 0;
    for (unsigned harmonic = 1; harmonic <= 3; ++harmonic) {
      const double hz = 50.0 * ((5 + number % 3 * 2) * harmonic + number / 3 % 7);
      sample += 2500.0 * std::sin(2 * std::numbers::pi * hz * index / kEarRateHz + number);
    }
    const uint8_t code = CompressMuLaw(static_cast<int>(sample));
    voice.payloads.front().push_back(code);
    voice.sound.push_back(static_cast<int16_t>(ExpandMuLaw(code)));
  }
  return voice;
}

Voice Voices::Speech(size_t recording, double gain_db) const {
  std::vector<int16_t> sound = WithoutPauses(speech_[recording]);
  const size_t frames =
      std::min(static_cast<size_t>(kLoopSeconds * 50), sound.size() / kVoiceFrameSamples);
  sound.resize(frames * kVoiceFrameSamples);
  const double gain = 32'768 * std::pow(10, (kSpeechDbov + gain_db) / 20) / RmsOf(sound);
  std::mt19937 random(static_cast<uint32_t>(recording));
  std::uniform_real_distribution<double> noise(-kNoiseAmplitude, kNoiseAmplitude);
  for (int16_t& sample : sound) {
    sample = static_cast<int16_t>(
        std::clamp(std::lround(sample * gain + noise(random)), -32'000L, 32'000L));
  }
  return Coded(sound);
}

Voice Voices::Coded(std::span<const int16_t> sound48) const {
  Voice voice;
  if (coding_ == Coding::kOpus) {
    voice.payloads = OpusEncodeLoop(sound48);
    // The second time around: the decoder knows then what was before the beginning.
    std::vector<std::span<const uint8_t>> twice(voice.payloads.begin(), voice.payloads.end());
    twice.insert(twice.end(), voice.payloads.begin(), voice.payloads.end());
    const std::vector<int16_t> sound = OpusDecodeAll(twice);
    voice.sound.assign(sound.begin() + static_cast<std::ptrdiff_t>(sound.size() / 2), sound.end());
    return voice;
  }
  const std::vector<int16_t> down = Down(sound48);
  for (size_t at = 0; at + kEarFrameSamples <= down.size(); at += kEarFrameSamples) {
    std::vector<uint8_t>& payload = voice.payloads.emplace_back();
    for (size_t i = at; i < at + kEarFrameSamples; ++i) {
      payload.push_back(CompressMuLaw(down[i]));
      voice.sound.push_back(static_cast<int16_t>(ExpandMuLaw(payload.back())));
    }
  }
  return voice;
}

}  // namespace parley::load
