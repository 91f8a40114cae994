#include "base/record_ring.h"

#include <atomic>

#include "base/assert.h"

namespace parley {
namespace {

void CheckMemory(const RecordRingMemory& memory) {
  PARLEY_ASSERT(memory.indices != nullptr);
  PARLEY_ASSERT(memory.records != nullptr);
  PARLEY_ASSERT(memory.capacity_records > 0);
  PARLEY_ASSERT(memory.capacity_records <= kRingRecordsMax);
  PARLEY_ASSERT((memory.capacity_records & (memory.capacity_records - 1)) == 0);
}

std::byte* PlaceOf(const RecordRingMemory& memory, uint32_t position) {
  const size_t index = position & (memory.capacity_records - 1);
  return memory.records + index * layout::kRecordBytes;
}

}  // namespace

RecordRingMemory RecordRingMemory::At(std::byte* start, uint32_t capacity_records) {
  return {.indices = reinterpret_cast<layout::RingIndices*>(start),
          .records = start + sizeof(layout::RingIndices),
          .capacity_records = capacity_records};
}

RecordReader::RecordReader(const RecordRingMemory& memory) : memory_(memory) {
  CheckMemory(memory_);
  // Relaxed: this end alone writes the read index, and the ring came to this thread whole.
  read_ = std::atomic_ref(memory_.indices->read).load(std::memory_order_relaxed);
}

uint32_t RecordReader::NextBatchRecords() PARLEY_NONBLOCKING {
  batch_records_ = 0;
  // Acquire: pairs with the producer's store after it wrote the records, so they are seen whole.
  const uint32_t write = std::atomic_ref(memory_.indices->write).load(std::memory_order_acquire);
  const uint32_t published = write - read_;
  corrupt_ = published > memory_.capacity_records;
  if (corrupt_ || published == 0) return 0;
  layout::RecordHeader header;
  std::memcpy(&header, PlaceOf(memory_, read_), sizeof(header));
  const uint32_t records = header.batch_remaining + uint32_t{1};
  // A batch larger than the ring never becomes whole: waiting for it would be forever.
  corrupt_ = records > memory_.capacity_records;
  if (corrupt_ || records > published) return 0;
  batch_records_ = records;
  return records;
}

Record RecordReader::Read(uint32_t index) const PARLEY_NONBLOCKING {
  PARLEY_ASSERT(index < batch_records_);
  Record record;
  std::memcpy(record.bytes, PlaceOf(memory_, read_ + index), sizeof(record.bytes));
  return record;
}

void RecordReader::ConsumeBatch() PARLEY_NONBLOCKING {
  PARLEY_ASSERT(batch_records_ > 0);
  read_ += batch_records_;
  batch_records_ = 0;
  // Release: the copies made from these places are done before the producer may write there again.
  std::atomic_ref(memory_.indices->read).store(read_, std::memory_order_release);
}

RecordWriter::RecordWriter(const RecordRingMemory& memory) : memory_(memory) {
  CheckMemory(memory_);
  // Relaxed: this end alone writes the write index, and the ring came to this thread whole.
  write_ = std::atomic_ref(memory_.indices->write).load(std::memory_order_relaxed);
}

bool RecordWriter::Write(std::span<const Record> batch) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(!batch.empty() && batch.size() <= kBatchRecordsMax);
  // Acquire: pairs with the consumer's store after its last read of the places it gave back.
  const uint32_t read = std::atomic_ref(memory_.indices->read).load(std::memory_order_acquire);
  const uint32_t used = write_ - read;
  if (used > memory_.capacity_records) return false;
  if (batch.size() > memory_.capacity_records - used) return false;
  size_t remaining = batch.size();
  for (const Record& record : batch) {
    std::byte* place = PlaceOf(memory_, write_++);
    std::memcpy(place, record.bytes, sizeof(record.bytes));
    const uint16_t batch_remaining = static_cast<uint16_t>(--remaining);
    std::memcpy(place + offsetof(layout::RecordHeader, batch_remaining), &batch_remaining,
                sizeof(batch_remaining));
  }
  // Release: the records are whole before the index says that they are there.
  std::atomic_ref(memory_.indices->write).store(write_, std::memory_order_release);
  return true;
}

}  // namespace parley
