#!/usr/bin/env bash
# Prints the tables of sound quality, each at full length: tools/quality.sh [GTEST_FILTER]
# Ends with an error when a bound is broken. docs/playout.md and docs/voice.md say what is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/quality

cmake -S . -B build/quality -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPARLEY_ADDON=OFF -DPARLEY_TESTS=ON \
  >build/quality/configure.log || { cat build/quality/configure.log; exit 1; }
cmake --build build/quality >build/quality/build.log || { tail -60 build/quality/build.log; exit 1; }
failed=0
PARLEY_QUALITY=full build/quality/native/parley_native_tests --gtest_brief=1 \
  --gtest_filter="${1:-Quality*:*Loud*}" || failed=1
# Callers that are held up are no network without jitter.
keep_time=(chrt --fifo 1)
"${keep_time[@]}" true 2>/dev/null || keep_time=()
"${keep_time[@]}" node_modules/.bin/tsx bench/mouth-to-ear.ts || failed=1
exit "$failed"
