#!/usr/bin/env bash
# Builds the documentation into build/site and follows every link of what was built.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/node_modules/.bin:$PATH

# Pages that are gone must not be found.
rm -rf build/site
vitepress build tools/site
tsx tools/site/follow-links.ts build/site
