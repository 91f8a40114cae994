#!/usr/bin/env bash
# Builds the image of the Dockerfile without a Docker engine: tools/image.sh build. With a report's name it tests it, too:
# tools/image.sh test REPORT.json. Ends with status 77, and says why, where a machine cannot do this.
#
# A registry of images is not asked: what the Dockerfile names as its bases is made here under the same names, Debian's
# by mmdebstrap, and on it the Node that npm has. While it runs build/image has rootfs (what a container sees as
# /), image.json (the configuration that an engine reads), size.json.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:?build or test}
home=$PWD/build/image
node_release=20

# Whatever is mounted is mounted for this script alone, and gone with it.
if [ -z "${PARLEY_IMAGE_MOUNTS:-}" ] && [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
  PARLEY_IMAGE_MOUNTS=own exec unshare --mount "$PWD/tools/image.sh" "$@"
fi

skip() {
  echo "skipped: $1"
  exit 77
}
[ "$(id -u)" -eq 0 ] || skip 'an image is built and started in namespaces of its own, which needs root'
unshare --mount --pid --net --fork true 2>/dev/null || skip 'this machine permits no namespaces (unshare)'
for program in buildah mmdebstrap; do
  command -v "$program" >/dev/null || skip "no $program; tools/bootstrap.sh test installs it where apt is"
done
case "$(uname -m)" in
  x86_64) architecture=x64 ;;
  aarch64) architecture=arm64 ;;
  *) skip "no Node on npm for $(uname -m)" ;;
esac
mkdir -p "$home"

# Everything in a folder of the project; what other containers are on this machine is none of our business. Where layers
# cost nothing they are kept, and what has not changed is not built again.
storage=(--root "$home/storage" --runroot "$home/run" --storage-driver)
if buildah "${storage[@]}" overlay info >/dev/null 2>&1; then
  storage+=(overlay)
  layers=true
else
  storage+=(vfs)
  layers=false
fi
image_tool() {
  buildah "${storage[@]}" "$@"
}

# How this machine reaches npm is its own matter: it is known where the image is built, and not in the image.
lend_npm_settings() {
  local certificates
  certificates=$(npm config get cafile)
  if [ "$certificates" = null ] || [ ! -f "$certificates" ]; then return; fi
  printf 'cafile=/usr/local/etc/npm.pem\nregistry=%s\n' "$(npm config get registry)" >"$home/npmrc"
  image_tool copy --quiet "$1" "$certificates" /usr/local/etc/npm.pem >/dev/null
  image_tool copy --quiet "$1" "$home/npmrc" /usr/local/etc/npmrc >/dev/null
}

# What docker.io/library/debian:bookworm-slim has: the essential packages and apt, no manuals. Kept for a week.
make_bases() {
  local debian=$home/debian.tar node=$home/node
  if [ -z "$(find "$debian" -mtime -7 2>/dev/null)" ]; then
    mmdebstrap --quiet --variant=minbase --include=usr-is-merged \
      --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --dpkgopt='path-exclude=/usr/share/man/*' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
      --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$home/new.tar" \
      >"$home/debian.log" 2>&1 || { cat "$home/debian.log"; exit 1; }
    mv "$home/new.tar" "$debian"
    rm -rf "$home/storage" "$home/run"
  fi
  if [ ! -x "$node/node_modules/node-linux-$architecture/bin/node" ]; then
    mkdir -p "$node"
    echo '{"private":true}' >"$node/package.json"
    npm install --no-save --no-audit --no-fund --loglevel=error --prefix "$node" \
      "node-linux-$architecture@$node_release" npm@10
  fi
  if image_tool inspect --type image node:20-bookworm-slim >/dev/null 2>&1; then return; fi

  local container
  container=$(image_tool from scratch)
  image_tool add --quiet "$container" "$debian" / >/dev/null
  image_tool commit --quiet "$container" docker.io/library/debian:bookworm-slim >/dev/null
  image_tool copy --quiet "$container" "$node/node_modules/node-linux-$architecture/bin/node" /usr/local/bin/node >/dev/null
  image_tool copy --quiet "$container" "$node/node_modules/npm" /usr/local/lib/node_modules/npm >/dev/null
  image_tool run --isolation chroot "$container" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  lend_npm_settings "$container"
  image_tool commit --quiet --rm "$container" docker.io/library/node:20-bookworm-slim >/dev/null
}

build() {
  make_bases
  image_tool rm parley-to-look-at >/dev/null 2>&1 || true
  # Docker's format: that of OCI has no health check. What is only to be tested need not be the fastest.
  local arguments=()
  if [ "$purpose" = test ]; then arguments=(--build-arg PARLEY_PROFILE=none); fi
  image_tool build --quiet --isolation chroot --pull-never --format docker --layers=$layers "${arguments[@]}" --tag parley . \
    >"$home/build.log" 2>&1 || { tail -60 "$home/build.log"; exit 1; }
  image_tool inspect --type image parley >"$home/image.json"
  image_tool from --quiet --pull-never --name parley-to-look-at parley >/dev/null
  ln -sfn "$(image_tool mount parley-to-look-at)" "$home/rootfs"
}

build
bytes=$(du --bytes --summarize "$home/rootfs/" | cut -f1)
printf '{"bytes":%s}\n' "$bytes" >"$home/size.json"
echo "size: $((bytes / 1000000)) MB on disk, $(tar -C "$home/rootfs/" -c . | gzip -1 | wc -c | awk '{printf "%d", $1 / 1e6}') MB packed"
if [ "$purpose" = test ]; then
  report=${2:?where the JSON report goes}
  tools/tarball.sh
  # On a network of its own, as on a host of its own, every port is free: the image is started as it stands.
  unshare --net bash -c 'ip link set lo up && exec "$@"' bash node_modules/.bin/vitest run --project image \
    --reporter=default --reporter=json --outputFile="$report"
fi
