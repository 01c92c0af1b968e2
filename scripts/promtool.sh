#!/usr/bin/env bash
# Finds or fetches promtool for the slow tests and writes DIR/env, which names it.
#   scripts/promtool.sh .cache/prometheus
set -euo pipefail
dir=$1
mkdir -p "$dir"
source "$(dirname "$0")/found.sh"
done_with() { found DYNINT_TEST_PROMTOOL promtool "$1" "$("$1" --version 2>&1 | head -n 1 | cut -d' ' -f1-3)"; }
if tool=$(command -v promtool); then done_with "$tool"; fi
# Debian's package carries it beside the server; unpacked, not installed, it needs no root.
if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
  echo "no promtool here: fetching Debian's package prometheus" >&2
  dir=$(cd "$dir" && pwd)
  download() { (cd "$dir" && rm -f prometheus_*.deb && apt-get download -q prometheus) >>"$dir/apt.log" 2>&1; }
  : >"$dir/apt.log"
  # An old list of packages names files that are gone.
  if download || { [ "$(id -u)" = 0 ] && apt-get update -qq >>"$dir/apt.log" 2>&1 && download; }; then
    dpkg -x "$dir"/prometheus_*.deb "$dir/package"
    rm -f "$dir"/prometheus_*.deb
    tool="$dir/package/usr/bin/promtool"
    [ -x "$tool" ] && "$tool" --version >/dev/null 2>&1 && done_with "$tool"
  fi
  tail -n 3 "$dir/apt.log" >&2
fi
cat >&2 <<'MESSAGE'
The slow tests check alerts and recording rules with promtool, and none could be had.
Install one (Debian, Ubuntu: apt-get install prometheus; macOS: brew install prometheus) and run make test-slow again.
MESSAGE
exit 2
