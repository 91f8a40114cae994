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

# One process for each processor; each runs its part of the tests.
parts=$(nproc)
home=build/sanitize/parts
rm -rf "$home" && mkdir -p "$home"
running=()
for ((part = 0; part < parts; part++)); do
  GTEST_TOTAL_SHARDS=$parts GTEST_SHARD_INDEX=$part build/sanitize/native/parley_native_tests --gtest_brief=1 \
    --gtest_output="json:$home/$part.json" --gtest_filter="${2:-*}" >"$home/$part.log" 2>&1 &
  running+=($!)
done
failed=0
for process in "${running[@]}"; do wait "$process" || failed=1; done
cat "$home"/*.log
# A list of their reports. A part that wrote none has failed, whatever it said.
reports=("$home"/*.json)
if [ ${#reports[@]} -ne "$parts" ]; then failed=1; fi
separator='['
for report_of_part in "${reports[@]}"; do
  printf '%s' "$separator" && cat "$report_of_part" && separator=,
done >"$report"
echo ']' >>"$report"
exit "$failed"
