#!/usr/bin/env bash
# The inner half of container.ts, in namespaces of its own: contain.sh ROOT VOLUME_AT VOLUME USER:GROUP WORKDIR COMMAND...
# What an engine does between creating namespaces and starting the program, by the same means of the kernel. The
# environment is that of the container already.
set -euo pipefail
root=$1 volume=$2 folder=$3 user=${4%:*} group=${4#*:} workdir=$5
shift 5

mount --bind "$root" "$root"
mount --bind "$folder" "$root$volume"
mount -t proc proc "$root/proc"
mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro,nosuid,nodev "$root"
# As --ulimit asks for them; a machine may withhold them from its own root.
for limit in --rtprio=20 --nofile=65536; do
  prlimit --pid $$ "$limit" 2>/dev/null || echo "no right to $limit" >&2
done
# setpriv is the image's: once the capabilities are gone nobody could change the root.
exec chroot "$root" /usr/bin/setpriv --reuid="$user" --regid="$group" --clear-groups \
  --bounding-set=-all --inh-caps=-all --no-new-privs /usr/bin/env --chdir="$workdir" "$@"
