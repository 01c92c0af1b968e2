#!/bin/sh
# Beside a node, as long as its process ($1) runs: tells it where the others are now. Nodes know each other by address, and a pod that
# is started anew has another one: when all are at once, no node finds any other by itself.
set -u
REDISCLI_AUTH=$(cat "${PASSWORD_FILE:-/run/secrets/dynint/redis/password}")
export REDISCLI_AUTH
ask() { redis-cli -h "$POD_IP" -p "${PORT:-6379}" "$@" 2>/dev/null; }
while sleep 5 && kill -0 "$1" 2>/dev/null; do
  known=$(ask cluster nodes) || continue
  [ "$(echo "$known" | wc -l)" -gt 1 ] || continue    # not formed yet: form.sh wants nodes that know nobody
  for node in $(cat "${NODES_FILE:-/config/nodes}"); do
    port=${node##*:}
    address=$(getent ahostsv4 "${node%:*}" | head -n 1 | cut -d ' ' -f 1)
    [ -n "$address" ] || continue
    echo "$known" | grep -F " $address:$port@" | grep -F ' connected' | grep -qvF fail && continue
    ask cluster meet "$address" "$port" >/dev/null && echo "met $node at $address"
  done
done
