// Test support: a clip as whoever decodes it writes it, in the clip table of the process.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/layout.generated.h"
#include "playback/clip.h"

namespace parley::testing {

// Stays in the table while it lives. One thread writes, control and decoder in one.
class ClipMemory {
 public:
  // A whole clip of `capacity` samples, none written yet; or a stream.
  explicit ClipMemory(uint32_t capacity, layout::ClipKind kind = layout::ClipKind::kWhole);
  // A whole clip of just these samples.
  explicit ClipMemory(std::span<const int16_t> samples);
  ~ClipMemory();
  ClipMemory(const ClipMemory&) = delete;
  ClipMemory& operator=(const ClipMemory&) = delete;

  // Takes what there is room for; returns how many.
  uint32_t Write(std::span<const int16_t> samples);
  void End();
  void Withdraw();

  uint32_t id() const { return id_; }
  const Clip& clip() const { return *clip_; }
  layout::ClipHead& head();
  std::span<uint8_t> bytes();

 private:
  void Publish();

  std::vector<uint64_t> words_;
  std::optional<Clip> clip_;
  uint32_t capacity_;
  uint32_t id_ = 0;
};

}  // namespace parley::testing
