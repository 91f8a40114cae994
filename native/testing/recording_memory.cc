#include "testing/recording_memory.h"

#include <atomic>

#include "base/assert.h"
#include "base/units.h"
#include "capture/ring_table.h"
#include "engine/shared_word.h"

namespace parley::testing {
namespace {

uint32_t FrameBytes(uint32_t rate_hz, uint32_t channels) {
  const uint32_t bytes =
      uint32_t{sizeof(layout::RecordedFrame)} + FrameSamples(rate_hz) * channels * 2;
  return (bytes + 63) / 64 * 64;
}

}  // namespace

RecordingMemory::RecordingMemory(uint32_t rate_hz, uint32_t channels, uint32_t frames_max)
    : bytes_(sizeof(layout::RecordingHead) + size_t{FrameBytes(rate_hz, channels)} * frames_max),
      words_(bytes_ / 8) {
  head() = {};
  head().magic = layout::kRecordingMagic;
  head().version = layout::kVersion;
  head().rate_hz = rate_hz;
  head().channels = channels;
  head().frames_max = frames_max;
  head().frame_bytes = FrameBytes(rate_hz, channels);
  const char* fault = nullptr;
  ring_ = RecordingRing::Open(bytes(), fault);
  PARLEY_ASSERT(ring_.has_value());
  id_ = RingTable::OfProcess().Add(*ring_).value_or(0);
  PARLEY_ASSERT(id_ != 0);
}

RecordingMemory::~RecordingMemory() { RingTable::OfProcess().Remove(id_); }

layout::RecordingHead& RecordingMemory::head() {
  return *reinterpret_cast<layout::RecordingHead*>(words_.data());
}

void RecordingMemory::Drain() {
  const uint32_t write = LoadAcquire(head().write);
  uint32_t read = head().read;
  for (; read != write; ++read) {
    uint8_t* const place = bytes().data() + sizeof(layout::RecordingHead) +
                           size_t{read % head().frames_max} * head().frame_bytes;
    const auto& frame = *reinterpret_cast<const layout::RecordedFrame*>(place);
    heads_.push_back(frame);
    file_.resize(size_t{frame.at} * frame_samples());
    const auto* const samples =
        reinterpret_cast<const int16_t*>(place + sizeof(layout::RecordedFrame));
    if (frame.has_sound != 0) {
      file_.insert(file_.end(), samples, samples + frame_samples());
    } else {
      file_.resize(file_.size() + frame_samples());
    }
  }
  StoreRelease(head().read, read);
}

const std::vector<int16_t>& RecordingMemory::File() {
  Drain();
  file_.resize(size_t{frames()} * frame_samples());
  return file_;
}

bool RecordingMemory::ended() { return head().ended != 0; }
uint32_t RecordingMemory::frames() { return head().frames; }
uint32_t RecordingMemory::lost() { return head().lost; }
uint32_t RecordingMemory::turn() { return head().turn; }

}  // namespace parley::testing
