#include "playback/clip_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

#include "base/units.h"
#include "playback/clip_reader.h"
#include "testing/clip_memory.h"

namespace parley {
namespace {

using testing::ClipMemory;

std::string_view FaultOf(std::span<uint8_t> memory) {
  const char* fault = "none";
  const bool is_open = Clip::Open(memory, fault).has_value();
  EXPECT_EQ(is_open, fault == nullptr);
  return fault == nullptr ? "" : fault;
}

TEST(Clip, IsOpenedOnlyWhenItsHeadIsGood) {
  ClipMemory whole(100);
  ClipMemory stream(4'096, layout::ClipKind::kStream);
  EXPECT_EQ(FaultOf(whole.bytes()), "");
  EXPECT_EQ(FaultOf(stream.bytes()), "");
  EXPECT_EQ(FaultOf(whole.bytes().first(sizeof(layout::ClipHead) - 1)), "too small for a clip");
  EXPECT_EQ(FaultOf(whole.bytes().subspan(2)), "does not begin on a word");
  EXPECT_EQ(FaultOf(whole.bytes().first(whole.bytes().size() - 1)),
            "has fewer samples than it says");
  stream.head().capacity_samples = 4'095;
  EXPECT_EQ(FaultOf(stream.bytes()), "is a stream whose size is no power of two");
  stream.head().capacity_samples = 0;
  EXPECT_EQ(FaultOf(stream.bytes()), "is a stream whose size is no power of two");
  whole.head().kind = 2;
  EXPECT_EQ(FaultOf(whole.bytes()), "is a clip of an unknown kind");
  whole.head().version = layout::kVersion + 1;
  EXPECT_EQ(FaultOf(whole.bytes()), "is a clip of another version");
  whole.head().magic = 0;
  EXPECT_EQ(FaultOf(whole.bytes()), "is no clip");
}

TEST(ClipTable, FindsWhatWasAddedUntilItIsRemoved) {
  ClipMemory memory(10);
  ClipTable table(2);
  const uint32_t id = table.Add(memory.clip()).value();
  EXPECT_EQ(table.Find(id)->samples().data(), memory.clip().samples().data());
  EXPECT_EQ(table.Find(id), table.Find(id));
  EXPECT_EQ(table.size(), 1u);
  EXPECT_TRUE(table.Remove(id));
  EXPECT_FALSE(table.Remove(id));
  EXPECT_EQ(table.Find(id), nullptr);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ClipTable, GivesNoIdTwiceAndNoneThatMeansNone) {
  ClipMemory memory(10);
  ClipTable table(1);
  std::set<uint32_t> ids;
  for (int count = 0; count < 65'535; ++count) {
    const uint32_t id = table.Add(memory.clip()).value();
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_NE(id, 0u);
    EXPECT_NE(id, layout::kNone);
    table.Remove(id);
  }
}

TEST(ClipTable, IsFullWhenItIsAndKnowsNobodyElse) {
  ClipMemory memory(10);
  ClipTable table(1);
  const uint32_t id = table.Add(memory.clip()).value();
  EXPECT_FALSE(table.Add(memory.clip()).has_value());
  for (const uint32_t other : {0u, 1u, id + 1, id ^ 0x1'0000u, layout::kNone}) {
    EXPECT_EQ(table.Find(other), nullptr);
    EXPECT_FALSE(table.Remove(other));
  }
}

// Above all for ThreadSanitizer (`make tsan`): a decoder, the control thread and an engine on
// threads of their own.
TEST(ClipTable, IsMetByDecoderControlAndEngineAtOnce) {
  ClipTable table(4);
  for (const layout::ClipKind kind : {layout::ClipKind::kWhole, layout::ClipKind::kStream}) {
    constexpr uint32_t kSamples = 200'000;
    const uint32_t capacity = kind == layout::ClipKind::kWhole ? kSamples : 8'192;
    ClipMemory memory(capacity, kind);
    const uint32_t id = table.Add(memory.clip()).value();
    std::thread decoder([&] {
      std::vector<int16_t> part(500);
      for (uint32_t written = 0; written < kSamples;) {
        for (uint32_t at = 0; at < part.size(); ++at) {
          part[at] = static_cast<int16_t>((written + at) % 30'011);
        }
        written += memory.Write(std::span(part).first(std::min<size_t>(500, kSamples - written)));
        std::this_thread::yield();
      }
      memory.End();
    });
    std::atomic<bool> is_done = false;
    std::thread engine([&] {
      ClipReader reader(table.Find(id), 1);
      uint32_t heard = 0;
      std::vector<int16_t> frame(FrameSamples(48000));
      for (auto turn = reader.Advance(); turn != ClipReader::Turn::kEnded;
           turn = reader.Advance()) {
        if (turn == ClipReader::Turn::kStarved) {
          std::this_thread::yield();
          continue;
        }
        reader.Render(48000, frame);
        for (const int16_t sample : frame) {
          if (heard == kSamples) break;
          EXPECT_EQ(sample, static_cast<int16_t>(heard % 30'011));
          ++heard;
        }
      }
      EXPECT_EQ(heard, kSamples);
      is_done.store(true, std::memory_order_release);
    });
    while (!is_done.load(std::memory_order_acquire)) {
      // Others come and go meanwhile.
      table.Remove(*table.Add(memory.clip()));
      std::this_thread::yield();
    }
    EXPECT_TRUE(table.Remove(id));
    decoder.join();
    engine.join();
  }
}

}  // namespace
}  // namespace parley
