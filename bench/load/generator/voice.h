// What telephones say: loops of sound, coded beforehand, so that sending costs the generator
// nothing but the packet.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace parley::load {

enum class Coding : uint8_t { kPcmu, kOpus };

// What all sound is compared at; also that of PCMU.
inline constexpr uint32_t kEarRateHz = 8000;
inline constexpr uint32_t kEarFrameSamples = kEarRateHz / 50;

// A loop of frames of 20 ms.
struct Voice {
  std::vector<std::vector<uint8_t>> payloads;
  // The same as it sounds when it is decoded, at kEarRateHz.
  std::vector<int16_t> sound;
  // The end of a frame meets its beginning: every frame is the same one.
  bool is_one_frame = false;
  bool is_silence = false;
  // Of the sound.
  double mean_square = 0;
  uint32_t checksum = 0;

  size_t frames() const { return payloads.size(); }
};

// Makes voices once each and keeps them.
class Voices {
 public:
  // `speech` is what speech voices say, int16 at 48 kHz, one recording each; made up where empty.
  Voices(Coding coding, std::vector<std::vector<int16_t>> speech);

  // By name:
  //   silence      nothing
  //   tone:K       three harmonics that fit a frame, K 0 to 19: another chord for each, and none
  //   that
  //                shares one with the two before it. PCMU only
  //   speech:K:DB  recording K (modulo their number) with its pauses shortened, at -26 dBov plus DB
  // Null for anything else.
  const Voice* Find(const std::string& name);

 private:
  Voice Make(const std::string& name) const;
  Voice Speech(size_t recording, double gain_db) const;
  Voice Coded(std::span<const int16_t> sound48) const;

  Coding coding_;
  std::vector<std::vector<int16_t>> speech_;
  std::map<std::string, Voice> made_;
};

}  // namespace parley::load
