#!/usr/bin/env bash
# Compiles the daemon, and the status page that it serves to browsers, into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."

page=adapters/status/assets
rm -rf dist
node_modules/.bin/tsc -p tsconfig.json
node_modules/.bin/tsc -p "src/$page/tsconfig.json"
cp "src/$page"/*.html "src/$page"/*.css "src/$page"/*.svg "dist/$page/"
