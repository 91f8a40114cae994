// What memory a shard takes, item by item, by its limits alone: all of it is taken at the start, so
// the sum is what the shard will ever have. Prose: docs/arena.md.

#pragma once

#include <array>
#include <cstddef>

#include "engine/arena.h"

namespace parley {

// Bytes by layout::MemoryPart.
using ShardMemory = std::array<size_t, static_cast<size_t>(layout::MemoryPart::kRest) + 1>;

// Of the process, and so in no shard: the tables of SRTP sessions, clips and rings. The kernel has
// memory of its own for sockets.
ShardMemory ShardMemoryFor(const EngineLimits& limits);

}  // namespace parley
