# Sourced: see to it that the tests of PostgreSQL find a server program, and say in one line what is left out
# if not. Nothing is started here: `tests/support/postgres.py` runs a throwaway server for a command.
postgres_here() {
  command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}
if [ -z "${MILLGATE_TEST_POSTGRES_URL:-}" ]; then
  if ! postgres_here && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing PostgreSQL for the tests of its store …" >&2
    apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends postgresql >/dev/null 2>&1 || true
  fi
  if ! postgres_here; then
    if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
      echo "There is no PostgreSQL, and MILLGATE_REQUIRE_ALL is set." >&2
      exit 1
    fi
    echo "There is no PostgreSQL: the tests of its store are left out (as root: apt-get install postgresql)." >&2
  fi
fi
