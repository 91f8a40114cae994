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

# In parts, as many at once as there are processors; in more parts than that, for some take longer than others.
parts=$((4 * $(nproc)))
home=$PWD/build/sanitize/parts
rm -rf "$home" && mkdir -p "$home"
run_part() {
  GTEST_TOTAL_SHARDS=$1 GTEST_SHARD_INDEX=$2 build/sanitize/native/parley_native_tests --gtest_brief=1 \
    --gtest_output="json:$3/$2.json" --gtest_filter="$4" >"$3/$2.log" 2>&1
}
export -f run_part
failed=0
seq 0 $((parts - 1)) | xargs -P "$(nproc)" -I{} bash -c 'run_part "$@"' _ "$parts" {} "$home" "${2:-*}" || failed=1
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
