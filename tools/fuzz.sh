#!/usr/bin/env bash
# Builds every native/**/x_fuzz.cc with clang under ASan and UBSan and runs it, then what TypeScript parses: tools/fuzz.sh SECONDS_EACH
# Prints `fuzzed x` for each target that survived; a finding is kept in build/fuzz/findings and ends the run.
# Seeds, and every past finding, live in test/fuzz/corpus/<target>.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?seconds for each target}

mkdir -p build/fuzz/findings
CXX=clang++ cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DPARLEY_ADDON=OFF -DPARLEY_FUZZ=ON >build/fuzz/configure.log || { cat build/fuzz/configure.log; exit 1; }
cmake --build build/fuzz >build/fuzz/build.log || { tail -60 build/fuzz/build.log; exit 1; }

shopt -s nullglob
sources=(native/*/*_fuzz.cc)
[ ${#sources[@]} -gt 0 ] || { echo 'no fuzz targets were found' >&2; exit 1; }
fuzz() {
  local name seeds grown
  name=$(basename "$1" .cc)
  grown=build/fuzz/grown/$name
  seeds=(test/fuzz/corpus/"${name%_fuzz}"/)
  [ -d "${seeds[0]}" ] || seeds=()
  mkdir -p "$grown"
  "build/fuzz/native/$name" -max_total_time="$2" -timeout=5 -rss_limit_mb=1024 -print_final_stats=0 \
    -artifact_prefix="build/fuzz/findings/$name-" "$grown" "${seeds[@]}" >"build/fuzz/$name.log" 2>&1 \
    || { tail -60 "build/fuzz/$name.log"; echo "found by $name"; exit 1; }
  echo "fuzzed $name"
}
export -f fuzz
# As many at once as there are processors.
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz "$@"' _ {} "$seconds"

# SDP, cXML, the headers of audio files and the journals of recordings are parsed in TypeScript.
node_modules/.bin/tsx tools/fuzz-sdp.ts "$seconds"
node_modules/.bin/tsx tools/fuzz-cxml.ts "$seconds"
node_modules/.bin/tsx tools/fuzz-sound.ts "$seconds"
node_modules/.bin/tsx tools/fuzz-journal.ts "$seconds"
