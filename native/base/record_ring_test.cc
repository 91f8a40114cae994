#include "base/record_ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace parley {
namespace {

// A ring in memory of its exact size, so that sanitizers see every step beyond it.
class Ring {
 public:
  explicit Ring(uint32_t capacity, uint32_t position = 0)
      : bytes_(sizeof(layout::RingIndices) + size_t{capacity} * layout::kRecordBytes),
        start_(static_cast<std::byte*>(std::aligned_alloc(64, bytes_))),
        memory_(RecordRingMemory::At(start_, capacity)) {
    std::memset(start_, 0, bytes_);
    memory_.indices->write = position;
    memory_.indices->read = position;
  }
  ~Ring() { std::free(start_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  const RecordRingMemory& memory() const { return memory_; }
  layout::RingIndices& indices() { return *memory_.indices; }

 private:
  size_t bytes_;
  std::byte* start_;
  RecordRingMemory memory_;
};

Record Numbered(uint32_t number) {
  return Record::From(layout::OpenRoom{
      .header = {.kind = 1, .batch_remaining = 99, .sequence = number, .leg = 0, .generation = 0},
      .room = number * 3,
      .rate_hz = 8000,
      .phase = 0,
      .ranked_above = 0,
      .talkers_max = 0,
      .pad_0_ = {}});
}

std::vector<Record> Batch(uint32_t first, uint32_t count) {
  std::vector<Record> batch;
  for (uint32_t i = 0; i < count; ++i) batch.push_back(Numbered(first + i));
  return batch;
}

TEST(RecordRing, GivesBatchesWholeAndInOrder) {
  Ring ring(8);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  EXPECT_EQ(reader.NextBatchRecords(), 0U);
  ASSERT_TRUE(writer.Write(Batch(0, 3)));
  ASSERT_TRUE(writer.Write(Numbered(3)));

  ASSERT_EQ(reader.NextBatchRecords(), 3U);
  for (uint32_t i = 0; i < 3; ++i) {
    const auto record = reader.Read(i).As<layout::OpenRoom>();
    EXPECT_EQ(record.header.sequence, i);
    EXPECT_EQ(record.header.batch_remaining, 2 - i);
    EXPECT_EQ(record.room, i * 3);
  }
  reader.ConsumeBatch();
  ASSERT_EQ(reader.NextBatchRecords(), 1U);
  EXPECT_EQ(reader.Read(0).header().sequence, 3U);
  reader.ConsumeBatch();
  EXPECT_EQ(reader.NextBatchRecords(), 0U);
}

TEST(RecordRing, RefusesAWholeBatchWhenItDoesNotFit) {
  Ring ring(4);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  EXPECT_FALSE(writer.Write(Batch(0, 5)));
  ASSERT_TRUE(writer.Write(Batch(0, 3)));
  EXPECT_FALSE(writer.Write(Batch(3, 2)));
  EXPECT_TRUE(writer.Write(Batch(3, 1)));
  ASSERT_EQ(reader.NextBatchRecords(), 3U);
  EXPECT_FALSE(writer.Write(Numbered(4)));
  reader.ConsumeBatch();
  EXPECT_TRUE(writer.Write(Batch(4, 3)));
}

TEST(RecordRing, CountsOnWherePositionsWrap) {
  Ring ring(4, 0xffff'fffe);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  for (uint32_t i = 0; i < 12; i += 3) {
    ASSERT_TRUE(writer.Write(Batch(i, 3)));
    ASSERT_EQ(reader.NextBatchRecords(), 3U);
    EXPECT_EQ(reader.Read(2).header().sequence, i + 2);
    reader.ConsumeBatch();
  }
}

TEST(RecordRing, DoesNotShowABatchPublishedInPart) {
  Ring ring(8);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  ASSERT_TRUE(writer.Write(Batch(0, 4)));
  ring.indices().write = 2;
  EXPECT_EQ(reader.NextBatchRecords(), 0U);
  EXPECT_FALSE(reader.corrupt());
  ring.indices().write = 4;
  EXPECT_EQ(reader.NextBatchRecords(), 4U);
}

TEST(RecordRing, ReaderRefusesAnImpossibleWriteIndexUntilItIsTrueAgain) {
  Ring ring(8);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  ASSERT_TRUE(writer.Write(Numbered(0)));
  for (const uint32_t hostile : {9U, 1000U, 0xffff'ffffU, 0x8000'0000U}) {
    ring.indices().write = hostile;
    EXPECT_EQ(reader.NextBatchRecords(), 0U);
    EXPECT_TRUE(reader.corrupt());
  }
  ring.indices().write = 1;
  EXPECT_EQ(reader.NextBatchRecords(), 1U);
  EXPECT_FALSE(reader.corrupt());
}

TEST(RecordRing, ReaderCallsABatchLargerThanTheRingCorrupt) {
  Ring ring(8);
  RecordReader reader(ring.memory());
  const uint16_t remaining = 8;
  std::memcpy(ring.memory().records + offsetof(layout::RecordHeader, batch_remaining), &remaining,
              sizeof(remaining));
  ring.indices().write = 8;
  EXPECT_EQ(reader.NextBatchRecords(), 0U);
  EXPECT_TRUE(reader.corrupt());
}

TEST(RecordRing, ReaderKeepsToItsOwnReadIndex) {
  Ring ring(8);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  ASSERT_TRUE(writer.Write(Batch(0, 2)));
  ring.indices().read = 77;
  ASSERT_EQ(reader.NextBatchRecords(), 2U);
  reader.ConsumeBatch();
  EXPECT_EQ(ring.indices().read, 2U);
}

TEST(RecordRing, WriterRefusesAnImpossibleReadIndex) {
  Ring ring(8);
  RecordWriter writer(ring.memory());
  ring.indices().read = 5;
  EXPECT_FALSE(writer.Write(Numbered(0)));
  ring.indices().read = 0;
  EXPECT_TRUE(writer.Write(Numbered(0)));
}

TEST(RecordRing, HostileIndicesAndBytesNeverLeaveTheRing) {
  std::mt19937 generator(7);
  const auto random = [&generator] { return static_cast<uint32_t>(generator()); };
  Ring ring(8);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  for (int round = 0; round < 20'000; ++round) {
    ring.indices().write = random() % 3 == 0 ? random() : ring.indices().write + random() % 4;
    ring.indices().read = random() % 3 == 0 ? random() : ring.indices().read;
    ring.memory().records[random() % (8 * layout::kRecordBytes)] = std::byte(random() & 0xff);
    writer.Write(Batch(0, 1 + random() % 9));
    const uint32_t records = reader.NextBatchRecords();
    ASSERT_LE(records, 8U);
    for (uint32_t i = 0; i < records; ++i) reader.Read(i);
    if (records > 0) reader.ConsumeBatch();
  }
}

TEST(RecordRing, IsAsLargeAsItMayBe) {
  Ring ring(kRingRecordsMax);
  RecordWriter writer(ring.memory());
  RecordReader reader(ring.memory());
  const std::vector<Record> batch = Batch(0, kBatchRecordsMax);
  for (uint32_t held = 0; held < kRingRecordsMax; held += kBatchRecordsMax) {
    EXPECT_TRUE(writer.Write(batch));
  }
  EXPECT_FALSE(writer.Write(Numbered(0)));
  EXPECT_EQ(reader.NextBatchRecords(), kBatchRecordsMax);
  reader.ConsumeBatch();
  EXPECT_TRUE(writer.Write(Numbered(0)));
}

TEST(RecordRing, TwoThreadsPassEverythingOnceAndInOrder) {
  constexpr uint32_t kRecords = 50'000;
  Ring ring(64);
  std::thread producer([&ring] {
    RecordWriter writer(ring.memory());
    std::mt19937 random(1);
    for (uint32_t sent = 0; sent < kRecords;) {
      const uint32_t count = std::min<uint32_t>(1 + random() % 8, kRecords - sent);
      const std::vector<Record> batch = Batch(sent, count);
      while (!writer.Write(batch)) std::this_thread::yield();
      sent += count;
    }
  });
  RecordReader reader(ring.memory());
  uint32_t expected = 0;
  while (expected < kRecords) {
    const uint32_t records = reader.NextBatchRecords();
    if (records == 0) {
      std::this_thread::yield();
      continue;
    }
    for (uint32_t i = 0; i < records; ++i) {
      const auto record = reader.Read(i).As<layout::OpenRoom>();
      ASSERT_EQ(record.header.sequence, expected);
      ASSERT_EQ(record.room, expected * 3);
      ++expected;
    }
    reader.ConsumeBatch();
  }
  producer.join();
}

}  // namespace
}  // namespace parley
