#!/usr/bin/env bash
# Lays out all that a machine needs to run Parley, but for Node and the libraries (`run` in tools/apt-packages.txt):
# tools/package.sh FOLDER. What is in it was built before (make build); packages come from npm, those of the lock file.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?where it goes}
platform=$(node -p '`${process.platform}-${process.arch}`')

rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/build/release"
cp package.json package-lock.json LICENSE parley.example.yaml "$folder/"
cp build/release/parley.node build/release/parley-encoders.node "$folder/build/release/"
cp -r dist "$folder/dist"
chmod 755 "$folder/dist/cli/main.js"
ln -s ../dist/cli/main.js "$folder/bin/parley"

cd "$folder"
npm install --omit=dev --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
# What compilers, debuggers and other platforms read; licences stay.
rm -rf package-lock.json node_modules/.package-lock.json node_modules/.bin \
  node_modules/node-addon-api node_modules/node-api-headers
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.[mc]ts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete
find node_modules -type d -path '*/prebuilds/*' ! -name "$platform" -prune -exec rm -rf {} +
find node_modules -type f -path '*/prebuilds/*' -name '*musl*' -delete
rm -rf node_modules/@photostructure/sqlite/src node_modules/bintrees/test node_modules/@opentelemetry/*/build/{esm,esnext}
