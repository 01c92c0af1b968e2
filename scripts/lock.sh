#!/usr/bin/env bash
# Pins every extra of pyproject.toml, with hashes and for Python 3.11 to 3.13, into requirements/.
#   scripts/lock.sh .venv/bin [--upgrade]
set -euo pipefail
bin=$1
shift
lock() { # name, then the inputs
  local name=$1
  shift
  "$bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
    --no-emit-index-url --no-emit-find-links "$@" --output-file "requirements/$name.txt"
  echo "wrote requirements/$name.txt"
}
# The widest set first; the others are held to its versions, so that all extras agree.
lock dev pyproject.toml --extra dev "$@"
for extra in train embedded gateway tracing fuzz; do
  lock "$extra" pyproject.toml --extra "$extra" --constraint requirements/dev.txt
done
# Tools in an environment of their own, so held to nothing.
printf 'cyclonedx-bom\npip-audit\n' | lock audit -
printf 'hatchling\neditables\n' | lock build - --constraint requirements/dev.txt
