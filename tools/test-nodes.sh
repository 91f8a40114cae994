#!/usr/bin/env bash
# Runs the TypeScript tests on other Node releases, whose binaries npm brings: tools/test-nodes.sh 22 24
# The addon and the daemon are those already built: one binary serves every Node (Node-API 8).
set -euo pipefail
cd "$(dirname "$0")/.."

case "$(uname -m)" in
  x86_64) architecture=x64 ;;
  aarch64) architecture=arm64 ;;
  *)
    echo "no Node binary on npm for $(uname -m)" >&2
    exit 1
    ;;
esac

for release in "$@"; do
  home=build/nodes/$release
  node=$home/node_modules/node-linux-$architecture/bin/node
  if [ ! -x "$node" ]; then
    mkdir -p "$home"
    echo '{"private":true}' >"$home/package.json"
    npm install --no-save --no-audit --no-fund --loglevel=error --prefix "$home" "node-linux-$architecture@$release"
  fi
  printf '\033[1m▸ TypeScript tests on Node %s\033[0m\n' "$("$node" --version)"
  "$node" node_modules/vitest/vitest.mjs run --project unit --project e2e
done
