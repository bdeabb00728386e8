#!/bin/sh
# Make the environment: a virtual environment with exactly the locked packages, and this checkout in it.
# usage: environment.sh PYTHON VENV run|dev|bench
set -eu
python=$1 venv=$2 set=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Millgate needs Python 3.11 or newer; $python is $("$python" --version 2>&1)." >&2
  exit 1
}
if [ ! -x "$venv/bin/pip" ]; then
  rm -rf "$venv"
  "$python" -m venv "$venv" || {
    rm -rf "$venv"
    # Debian keeps the part of Python that makes environments in a package of its own.
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
      apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
      "$python" -m venv "$venv"
    else
      echo "Install python3-venv (as root: apt-get install python3-venv), then run this again." >&2
      exit 1
    fi
  }
fi
echo "Installing the locked packages ($set) …" >&2
# The lock file is whole: pip need not look for anything that it does not name.
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "requirements/$set.txt" 2>"$venv/pip.log" || {
  cat "$venv/pip.log" >&2
  exit 1
}
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>"$venv/pip.log" || {
  cat "$venv/pip.log" >&2
  exit 1
}
# Compiled now, so that a start writes nothing outside its home.
"$venv/bin/python" -m compileall -q src
touch "$venv/$set"
if [ "$set" = dev ]; then touch "$venv/run"; fi
