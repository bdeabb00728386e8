#!/bin/sh
# Run the tests. Without arguments: all of them, in parallel, with branch coverage printed at the end.
# With paths: those, in one process, for working on them.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin

. tools/chromium.sh

if [ $# -gt 0 ]; then
  exec "$bin/python" -m pytest "$@"
fi
rm -f .coverage .coverage.*
"$bin/python" -m compileall -q src
"$bin/python" -m pytest -n "${MILLGATE_TEST_PROCESSES:-auto}" --dist loadfile \
  --cov --cov-branch --cov-report= -q
"$bin/coverage" report --sort=cover | tail -n 40
