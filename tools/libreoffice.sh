# Sourced: see to it that the tests of workbooks find LibreOffice, and say in one line what is left out if not.
if ! command -v soffice >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing LibreOffice Calc for the tests of workbooks …" >&2
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui >/dev/null 2>&1 || true
fi
if ! command -v soffice >/dev/null; then
  if [ -n "${MILLGATE_REQUIRE_ALL:-}" ]; then
    echo "There is no LibreOffice, and MILLGATE_REQUIRE_ALL is set." >&2
    exit 1
  fi
  echo "There is no LibreOffice: the tests that open workbooks are left out (as root: apt-get install libreoffice-calc-nogui)." >&2
fi
