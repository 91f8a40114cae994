#include "kernels/targets.h"

#include <hwy/highway.h>

#include <array>

namespace parley::kernels {

namespace {

// More than any architecture compiles.
constexpr size_t kTargetsMax = 16;

struct TargetList {
  std::array<std::string_view, kTargetsMax> names;
  std::array<int64_t, kTargetsMax> masks;
  size_t size = 0;
};

// HWY_TARGETS has one bit for each target compiled in, better ones lower; what the CPU lacks is
// found once, before anything is forced.
const TargetList& Targets() {
  static const TargetList list = [] {
    TargetList found;
    int64_t left = hwy::SupportedTargets() & HWY_TARGETS;
    while (left != 0 && found.size < kTargetsMax) {
      const int64_t mask = left & -left;
      found.names[found.size] = hwy::TargetName(mask);
      found.masks[found.size] = mask;
      ++found.size;
      left &= ~mask;
    }
    return found;
  }();
  return list;
}

}  // namespace

std::span<const std::string_view> SupportedTargets() {
  return {Targets().names.data(), Targets().size};
}

bool ForceTarget(std::string_view name) {
  const TargetList& targets = Targets();
  for (size_t i = 0; i < targets.size; ++i) {
    if (targets.names[i] == name) {
      hwy::SetSupportedTargetsForTest(targets.masks[i]);
      return true;
    }
  }
  return false;
}

void ReleaseTarget() { hwy::SetSupportedTargetsForTest(0); }

}  // namespace parley::kernels
