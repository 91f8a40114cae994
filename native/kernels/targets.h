// Which instruction sets the kernels can run on here.

#pragma once

#include <span>
#include <string_view>

namespace parley::kernels {

// Names of the compiled instruction sets that this CPU supports, best (the one in use unless
// forced) first; for example {"AVX3", "AVX2", "SSE4", "SCALAR"}. Never empty. Allocates nothing;
// not for the tick (the first call asks the CPU).
[[nodiscard]] std::span<const std::string_view> SupportedTargets();

// Makes every kernel run on the named set, in all threads, until ReleaseTarget; false and no
// change when it is not one of SupportedTargets. For tests and benches; not for use while another
// thread is inside a kernel.
bool ForceTarget(std::string_view name);
void ReleaseTarget();

}  // namespace parley::kernels
