# Sourced: see to it that the page tests find a Chromium, and certutil, which tells it whom to trust; say in one line
# what is left out if not.
if [ -z "${MILLGATE_CHROMIUM:-}" ]; then
  # The same browser without its windows draws the same pages for less; what is named is used for all.
  if ! command -v chromium-headless-shell >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium's headless shell for the page tests …" >&2
    apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 || true
  fi
  MILLGATE_HEADLESS_SHELL=${MILLGATE_HEADLESS_SHELL:-$(command -v chromium-headless-shell || true)}
  MILLGATE_CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
  if [ -z "$MILLGATE_CHROMIUM" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium for the page tests …" >&2
    apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null 2>&1 || true
    MILLGATE_CHROMIUM=$(command -v chromium || true)
  fi
fi
if ! command -v certutil >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing certutil for the page tests …" >&2
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends libnss3-tools >/dev/null 2>&1 || true
fi
if [ -z "$MILLGATE_CHROMIUM" ]; then
  if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
    echo "There is no Chromium, and MILLGATE_REQUIRE_ALL is set." >&2
    exit 1
  fi
  echo "There is no Chromium: the page tests are left out (as root: apt-get install chromium)." >&2
fi
if [ -n "$MILLGATE_CHROMIUM" ] && ! command -v certutil >/dev/null; then
  if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
    echo "There is no certutil, and MILLGATE_REQUIRE_ALL is set." >&2
    exit 1
  fi
  echo "There is no certutil: that a browser comes to trust us is left out (as root: apt-get install libnss3-tools)." >&2
fi
export MILLGATE_CHROMIUM MILLGATE_HEADLESS_SHELL="${MILLGATE_HEADLESS_SHELL:-}"
