// The two ends of a single-producer, single-consumer ring of 128-byte records in the arena: the
// engine reads commands and writes events; the control thread has the other ends.
//
// 1. An end trusts only its own position, kept outside the shared memory; the other side's index is
//    checked at every use. Whatever the other side stores, no access leaves the ring.
// 2. Records are copied out before they are looked at, so they cannot change under the reader.
// 3. Positions count records, wrap at 2^32, and are taken modulo the capacity, a power of two.
//
// Each object is used by one thread. Real-time safe. The memory given must outlive the object.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/realtime.h"
#include "engine/layout.generated.h"

namespace parley {

// What a ring holds at most, and what a batch: `batch_remaining` has 16 bits.
inline constexpr uint32_t kRingRecordsMax = 1u << 17;
inline constexpr uint32_t kBatchRecordsMax = 1u << 16;

// One record of either ring, owned by the holder.
struct alignas(8) Record {
  std::byte bytes[layout::kRecordBytes] = {};

  // The record read as `T`, one of the records of engine/layout.generated.h. Every bit pattern is
  // some value of T: ranges are for the caller to check.
  template <typename T>
  T As() const {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= layout::kRecordBytes);
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  }

  // A record holding `value`, the rest zero.
  template <typename T>
  static Record From(const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= layout::kRecordBytes);
    Record record;
    std::memcpy(record.bytes, &value, sizeof(T));
    return record;
  }

  layout::RecordHeader header() const { return As<layout::RecordHeader>(); }
};
static_assert(sizeof(Record) == layout::kRecordBytes);

// The indices at the start of a ring and the records that follow them.
struct RecordRingMemory {
  layout::RingIndices* indices;  // aligned to 64 bytes
  std::byte* records;            // capacity_records * 128 bytes
  uint32_t capacity_records;     // power of two, at most kRingRecordsMax

  // The ring at `start`: a RingIndices with the records right behind it.
  static RecordRingMemory At(std::byte* start, uint32_t capacity_records);
};

// Consuming end. Starts at the read index found in memory.
class RecordReader {
 public:
  explicit RecordReader(const RecordRingMemory& memory);

  // Records in the oldest batch when all of it has been published; 0 when there is none, or when
  // the producer's index cannot be true (then `corrupt()` is true until it is again).
  uint32_t NextBatchRecords() PARLEY_NONBLOCKING;

  // Copies record `index` of the oldest batch. REQUIRES: index < the last NextBatchRecords().
  Record Read(uint32_t index) const PARLEY_NONBLOCKING;

  // Gives the oldest batch back to the producer. REQUIRES: NextBatchRecords() was above 0.
  void ConsumeBatch() PARLEY_NONBLOCKING;

  bool corrupt() const { return corrupt_; }

 private:
  RecordRingMemory memory_;
  uint32_t read_;
  uint32_t batch_records_ = 0;
  bool corrupt_ = false;
};

// Producing end. Starts at the write index found in memory.
class RecordWriter {
 public:
  explicit RecordWriter(const RecordRingMemory& memory);

  // Publishes `batch` whole and returns true, or writes nothing and returns false: no room, or a
  // consumer's index that cannot be true. The records' `batch_remaining` are set here.
  // REQUIRES: 1 to kBatchRecordsMax records.
  bool Write(std::span<const Record> batch) PARLEY_NONBLOCKING;

  // As Write for a batch of one.
  bool Write(const Record& record) PARLEY_NONBLOCKING { return Write(std::span(&record, 1)); }

 private:
  RecordRingMemory memory_;
  uint32_t write_;
};

}  // namespace parley
