#!/usr/bin/env bash
# Makes the virtual environment VENV with the extra EXTRA from its hashed lock, once.
#   scripts/venv.sh .venv train
set -euo pipefail
venv=$1 extra=$2
python=${PYTHON:-python3.11}
mkdir -p "$(dirname "$venv")"
if [ ! -x "$venv/bin/python" ]; then
  command -v "$python" >/dev/null || python=python3
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || {
    echo "dynint needs Python 3.11, 3.12 or 3.13 and found $("$python" --version 2>&1)." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2
    exit 2
  }
  echo "making a virtual environment in $venv with $("$python" --version)" >&2
  if ! "$python" -m venv "$venv" 2>"$venv.log"; then
    # Debian splits ensurepip off: fall back on a pip that is already there.
    rm -rf "$venv"
    if "$python" -m pip --version >/dev/null 2>&1; then
      "$python" -m venv --without-pip "$venv"
      "$python" -m pip --python "$venv/bin/python" install -q pip
    else
      cat "$venv.log" >&2
      echo "Python's venv module is incomplete here. On Debian: apt-get install python3.11-venv" >&2
      exit 2
    fi
  fi
  rm -f "$venv.log"
fi
# The train environment is part of dev: nothing to do when dev is newer than its lock.
if [ "$extra" = train ] && [ -e "$venv/.dev" ] && [ "$venv/.dev" -nt requirements/dev.txt ]; then
  touch "$venv/.$extra"
  exit 0
fi
# Tools that look at the locks: nothing of ours is in their environment.
if [ "$extra" = audit ]; then
  echo "installing requirements/audit.txt" >&2
  "$venv/bin/python" -m pip install --disable-pip-version-check -q --require-hashes -r requirements/audit.txt
  touch "$venv/.audit"
  exit 0
fi
echo "installing requirements/$extra.txt (a few hundred MB and some minutes, the first time; pip says nothing meanwhile)" >&2
"$venv/bin/python" -m pip install --disable-pip-version-check -q --require-hashes -r requirements/build.txt
"$venv/bin/python" -m pip install --disable-pip-version-check -q --require-hashes -r "requirements/$extra.txt"
"$venv/bin/python" -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
touch "$venv/.$extra"
