#!/usr/bin/env bash
# Builds the native tests with TSan and runs those that have two threads meet: tools/tsan.sh [GTEST_FILTER]
# Ten times each, for what goes wrong between threads does not go wrong every time.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/tsan

cmake -S . -B build/tsan -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPARLEY_ADDON=OFF -DPARLEY_TESTS=ON \
  -DPARLEY_SANITIZE=thread >build/tsan/configure.log || { cat build/tsan/configure.log; exit 1; }
cmake --build build/tsan >build/tsan/build.log || { tail -60 build/tsan/build.log; exit 1; }
TSAN_OPTIONS='halt_on_error=1 second_deadlock_stack=1' build/tsan/native/parley_native_tests --gtest_brief=1 \
  --gtest_repeat=10 --gtest_filter="${1:-RecordRing*:SrtpTable*:ClipTable*:ShardTest*:EngineSpanThreads*:EngineSpreadThreads*}"
