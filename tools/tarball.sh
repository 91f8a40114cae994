#!/usr/bin/env bash
# Packs what was built for machines that build nothing: build/package/parley-VERSION-PLATFORM.tar.gz and its checksum.
# The same sources and packages give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
name=parley-$(node -p 'require("./package.json").version')-$(node -p '`${process.platform}-${process.arch}`')
folder=build/package/$name

tools/package.sh "$folder"
mkdir "$folder/deploy"
cp -r deploy/systemd deploy/prometheus "$folder/deploy/"
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
tar --create --sort=name --mtime="@$time" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
  --directory build/package "$name" | gzip --no-name >"$folder.tar.gz"
cd build/package
sha256sum "$name.tar.gz" >"$name.tar.gz.sha256"
echo "build/package/$name.tar.gz: $(stat --format=%s "$name.tar.gz" | awk '{printf "%d", $1 / 1e6}') MB packed," \
  "$(du --bytes --summarize "$name" | awk '{printf "%d", $1 / 1e6}') MB unpacked"
