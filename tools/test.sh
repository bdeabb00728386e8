#!/bin/sh
# Run the tests. Without arguments: all of them, in parallel, with branch coverage in artefacts/coverage.txt.
# With paths: those, in one process, for working on them.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin

. tools/chromium.sh
. tools/postgres.sh
. tools/redis.sh
. tools/libreoffice.sh
. tools/gettext.sh
. tools/node-clients.sh
. tools/sample-languages.sh

if [ $# -gt 0 ]; then
  exec "$bin/python" -m pytest "$@"
fi
mkdir -p artefacts
"$bin/python" -m compileall -q src
# Beside one PostgreSQL server for all processes; without it, each that needs one would start its own.
"$bin/python" tests/support/postgres.py "$bin/python" -m slipcover -m pytest \
  -n "${MILLGATE_TEST_PROCESSES:-auto}" --dist loadfile -q
tail -n 1 artefacts/coverage.txt
