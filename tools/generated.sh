#!/usr/bin/env bash
# Writes every generated file; --check fails when a committed one is not what would be written.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/node_modules/.bin:$PATH
check=${1:-}

if [ "$check" = --check ]; then
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  buf generate --output "$fresh"
  diff -r "$fresh/src/gen" src/gen
else
  buf generate
fi
echo 'current src/gen, from proto'

tsx tools/generate-engine-layout.ts $check
echo 'current native/engine/layout.generated.h, from src/media/engine-layout.ts'

tsx tools/generate-metrics-docs.ts $check
echo 'current docs/metrics.md, from src/app/metrics.ts'

tsx tools/generate-dashboard.ts $check
echo 'current deploy/grafana/parley.json, from tools/dashboard'

tsx tools/generate-arena-docs.ts $check
echo 'current docs/arena.md, from src/media/engine-layout.ts'

tsx tools/generate-config-docs.ts $check
echo 'current docs/configuration.md and parley.example.yaml, from src/config'

tsx tools/generate-attributes-docs.ts $check
echo 'current docs/attributes.md, from src/cxml'

tsx tools/generate-rpc-docs.ts $check
echo 'current docs/rpc.md, from proto'
