#!/bin/sh
# Install npm's lighthouse, and see to it that there is a Chromium, for bench/lighthouse.py.
# usage: bench-lighthouse.sh VENV
set -eu
cd "$(dirname "$0")/.."
place=$1/lighthouse

. tools/chromium.sh
if ! command -v npm >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing Node.js and npm …" >&2
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null 2>&1 || true
fi
if ! command -v npm >/dev/null; then
  echo "There is no Node.js with npm (as root: apt-get install nodejs npm)." >&2
  exit 1
fi
if ! cmp -s bench/lighthouse/package-lock.json "$place/package-lock.json"; then
  echo "Installing lighthouse …" >&2
  mkdir -p "$place"
  cp bench/lighthouse/package.json bench/lighthouse/package-lock.json "$place/"
  (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || {
    # Without its copy the next run tries again.
    rm -f "$place/package-lock.json"
    echo "lighthouse cannot be installed ($place/npm.log)." >&2
    exit 1
  }
fi
cp bench/lighthouse/measure.mjs "$place/"
