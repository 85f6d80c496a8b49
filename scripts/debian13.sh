#!/usr/bin/env bash
# npm run debian13 [-- FOLDER]: the suites of the engines on oneDNN 3, in a tree of Debian 13.
#
# debootstrap makes the tree in FOLDER (a minute, 0.5 GB; kept there for the next time, or thrown away where no folder
# is named). The project is seen in it as /project, in a mount namespace of its own: nothing stays mounted.
# Wants root, Linux on x64 or arm64, and a build.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "Not tried on oneDNN 3: $1."
  exit 0
}
command -v debootstrap >/dev/null || skip "debootstrap is not installed (Debian, Ubuntu: apt-get install debootstrap)"
[ "$(id -u)" = 0 ] || skip "debootstrap wants root"
unshare --mount true 2>/dev/null || skip "this system lets nobody mount"
[ -d dist ] || { echo "Build first: npm run build" >&2; exit 1; }

if [ $# -gt 0 ]; then
  tree=$1
else
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
fi
if [ ! -e "$tree/usr/bin/node" ]; then
  log=$(mktemp)
  debootstrap --variant=minbase --include=nodejs,libdnnl3.6 trixie "$tree" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} \
    >"$log" 2>&1 || { tail -n 5 "$log" >&2; skip "debootstrap could not make the tree (its last lines are above)"; }
fi
mkdir -p "$tree/project"

unshare --mount bash -euo pipefail -c '
  mount --bind . "$1/project"
  mount --bind /dev "$1/dev"
  mount -t proc proc "$1/proc"
  exec chroot "$1" /bin/bash -euo pipefail -c "
    cd /project
    export XDG_CACHE_HOME=/tmp/cache MULTIHOT_ONEDNN=\$(ls /usr/lib/*/libdnnl.so.3.* | head -n 1)
    # The suites leave the engine out where the library does not work: here that is a failure.
    node --input-type=module -e \"
      import { openEngine } from \\\"./dist/src/engines/index.js\\\";
      console.log((await openEngine(\\\"onednn\\\")).description);\"
    node scripts/test.mjs test/onednn test/ops test/gradient test/program test/frozen training/update training/step
  "' - "$tree"
