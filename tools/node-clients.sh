# Sourced: see to it that the tests of Node.js client libraries find Node.js, npm and the locked packages, and say in
# one line what is left out if not.
node_here() {
  command -v node >/dev/null && command -v npm >/dev/null
}
if ! node_here && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing Node.js and npm for the tests of client libraries …" >&2
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null 2>&1 || true
fi
node_clients=.venv/node
if node_here && ! cmp -s tests/clients/node/package-lock.json "$node_clients/package-lock.json"; then
  echo "Installing the client libraries for Node.js …" >&2
  mkdir -p "$node_clients"
  cp tests/clients/node/package.json tests/clients/node/package-lock.json "$node_clients/"
  # Without its copy of the lock file the next run tries again.
  (cd "$node_clients" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) ||
    rm -f "$node_clients/package-lock.json"
fi
if ! node_here || [ ! -e "$node_clients/package-lock.json" ]; then
  if node_here; then
    why="The client libraries for Node.js cannot be installed ($node_clients/npm.log)"
  else
    why="There is no Node.js with npm"
  fi
  if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
    echo "$why, and MILLGATE_REQUIRE_ALL is set." >&2
    exit 1
  fi
  echo "$why: the tests of its client libraries are left out (as root: apt-get install nodejs npm)." >&2
fi
