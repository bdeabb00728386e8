# Sourced: see to it that the tests of translations find GNU gettext, and say in one line what is left out if not.
if ! command -v xgettext >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing gettext for the tests of translations …" >&2
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends gettext >/dev/null 2>&1 || true
fi
if ! command -v xgettext >/dev/null; then
  if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
    echo "There is no gettext, and MILLGATE_REQUIRE_ALL is set." >&2
    exit 1
  fi
  echo "There is no gettext: the tests of translations are left out (as root: apt-get install gettext)." >&2
fi
