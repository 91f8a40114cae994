#!/usr/bin/env bash
# Installs the Debian packages that are missing for a purpose: tools/bootstrap.sh build|demo|bench|test|run|arm64
# Each of the first four includes those before it.
# Root is asked for, through sudo, only when something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  build) purposes='build' ;;
  demo) purposes='build|demo' ;;
  bench) purposes='build|demo|bench' ;;
  test) purposes='build|demo|bench|test' ;;
  run) purposes='run' ;;
  arm64) purposes='build|arm64' ;;
  *)
    echo "usage: tools/bootstrap.sh build|demo|bench|test|run|arm64" >&2
    exit 2
    ;;
esac

node_version=$(node --version 2>/dev/null || true)
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
  echo "Parley needs Node 20.19 or newer; found: ${node_version:-none}" >&2
  exit 1
fi

mapfile -t wanted < <(grep -E "^($purposes) " tools/apt-packages.txt | awk '{print $2}')
if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian system; make sure these are installed: ${wanted[*]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "  apt installs ${missing[*]} (asks for root)"
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
