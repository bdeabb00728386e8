#!/bin/sh
# Install npm's oidc-provider for bench/tokens.py. Where it cannot be installed, that is said in a line, and the
# benchmark runs without it.
# usage: bench-tokens.sh VENV
set -eu
cd "$(dirname "$0")/.."
place=$1/oidc-provider

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing Node.js and npm …" >&2
    apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null 2>&1 || true
  fi
fi
if ! command -v npm >/dev/null; then
  echo "There is no Node.js with npm: oidc-provider is left out (as root: apt-get install nodejs npm)." >&2
elif ! cmp -s bench/oidc-provider/package-lock.json "$place/package-lock.json"; then
  echo "Installing oidc-provider …" >&2
  mkdir -p "$place"
  cp bench/oidc-provider/* "$place/"
  (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || {
    # Without its copy the next run tries again.
    rm -f "$place/package-lock.json"
    echo "oidc-provider cannot be installed: it is left out ($place/npm.log)." >&2
  }
else
  cp bench/oidc-provider/server.js "$place/"
fi
