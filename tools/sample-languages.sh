# Sourced: see to it that the tests of code samples find PHP, Ruby and Go, and say in one line what is left out if not.
# Unlike the others these may be missing in CI, too: what each sample says is also read by scanners of our own.
missing=
command -v php >/dev/null || missing="$missing php-cli"
command -v ruby >/dev/null || missing="$missing ruby"
command -v gofmt >/dev/null || missing="$missing golang-go"
if [ -n "$missing" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing$missing for the tests of code samples …" >&2
  # shellcheck disable=SC2086 # a list of packages
  apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive \
    timeout 120 apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || true
fi
for tool in php ruby gofmt; do
  command -v "$tool" >/dev/null || echo "There is no $tool: the tests that have it read code samples are left out." >&2
done
