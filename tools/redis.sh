# Sourced: see to it that the tests of Redis find a server program, and say in one line what is left out if not.
# Nothing is started here: `tests/support/redis_server.py` runs throwaway servers.
redis_here() {
  command -v redis-server >/dev/null || command -v valkey-server >/dev/null
}
if ! redis_here && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing Redis for the tests of its store …" >&2
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends redis-server >/dev/null 2>&1 || true
fi
if ! redis_here; then
  if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
    echo "There is no Redis, and MILLGATE_REQUIRE_ALL is set." >&2
    exit 1
  fi
  echo "There is no Redis: the tests of its store are left out (as root: apt-get install redis-server)." >&2
fi
