#!/usr/bin/env bash
# Builds the addon, of a release, into build/release: first so that it counts which ways it takes while conferences of
# native/engine/tick_bench.cc run, then optimised by those counts (docs/adr/0032-profile.md). They are kept beside the objects, and
# what changes afterwards is compiled as if it had not been counted, until `make clean`. PARLEY_PROFILE=none: without.
set -euo pipefail
cd "$(dirname "$0")/.."
home=build/release
conferences=('300 2' 'room 300 1' 'stations 300 1')
mkdir -p "$home"

configure() {
  cmake -S . -B "$home" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPARLEY_TESTS=OFF "$@" >build/release.log ||
    { cat build/release.log; exit 1; }
}

is_gcc() { "${CXX:-c++}" --version | grep -q 'Free Software Foundation'; }
if [ "${PARLEY_PROFILE:-}" != none ] && [ ! -e "$home/profiled" ] && is_gcc; then
  configure -DPARLEY_PROFILE=count
  cmake --build "$home" --target tick_bench
  for conference in "${conferences[@]}"; do
    # shellcheck disable=SC2086 # words of its own
    "$home/native/tick_bench" $conference >build/profile.log 2>&1 ||
      echo "tick_bench $conference cannot run here: the addon will be a little slower (build/profile.log)" >&2
  done
  touch "$home/profiled"
fi
configure -DPARLEY_PROFILE=use
cmake --build "$home" --target parley_node parley_encoders_node
