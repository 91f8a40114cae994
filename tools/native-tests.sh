#!/usr/bin/env bash
# Builds the native tests with ASan and UBSan and runs them: tools/native-tests.sh REPORT.json [GTEST_FILTER]
# Needs no Node: parley_core knows nothing of it.
set -euo pipefail
cd "$(dirname "$0")/.."
report=${1:?where the JSON report goes}
mkdir -p build/sanitize "$(dirname "$report")"

cmake -S . -B build/sanitize -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPARLEY_ADDON=OFF -DPARLEY_TESTS=ON \
  -DPARLEY_SANITIZE=address,undefined >build/sanitize/configure.log || { cat build/sanitize/configure.log; exit 1; }
cmake --build build/sanitize >build/sanitize/build.log || { tail -60 build/sanitize/build.log; exit 1; }
build/sanitize/native/parley_native_tests --gtest_brief=1 --gtest_output="json:$report" --gtest_filter="${2:-*}"
