#!/usr/bin/env bash
# Formats the C++ sources; --check changes nothing and fails when something would change.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find native bench test -name '*.cc' -o -name '*.h' | grep -v '\.generated\.h$' | sort)
if [ "${1:-}" = --check ]; then
  clang-format --dry-run -Werror "${files[@]}"
else
  clang-format -i "${files[@]}"
fi
