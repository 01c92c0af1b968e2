#!/bin/sh
# Makes one Cluster of the nodes in the file "nodes" (name:port), once: three masters with a replica each. Run again, it changes nothing,
# but tells the nodes each other's present addresses.
set -eu
REDISCLI_AUTH=$(cat "${PASSWORD_FILE:-/run/secrets/dynint/redis/password}")
export REDISCLI_AUTH
addresses='' first='' count=0
for node in $(cat "${NODES_FILE:-/config/nodes}"); do
  name=${node%:*} port=${node##*:}
  until [ "$(redis-cli -h "$name" -p "$port" ping 2>/dev/null)" = PONG ]; do
    echo "waiting for $node"
    sleep 1
  done
  # Nodes know each other by address, and tell clients those.
  address=$(getent ahostsv4 "$name" | head -n 1 | cut -d ' ' -f 1)
  addresses="$addresses $address:$port"
  first=${first:-"-h $name -p $port"}
  count=$((count + 1))
done
# shellcheck disable=SC2086 # first is two options, addresses are several
state() { redis-cli $first cluster info | tr -d '\r'; }
if state | grep -q '^cluster_slots_assigned:16384$'; then
  echo "the Cluster is there already"
  for address in $addresses; do
    # shellcheck disable=SC2086
    redis-cli $first cluster meet "${address%:*}" "${address##*:}" >/dev/null
  done
else
  # shellcheck disable=SC2086
  redis-cli --cluster create $addresses --cluster-replicas 1 --cluster-yes
fi
# cluster_state is ok with lost slots too: redis.conf wants no full coverage.
# shellcheck disable=SC2086
agree() {
  state | grep -q '^cluster_state:ok$' && state | grep -q '^cluster_slots_ok:16384$' &&
    state | grep -q "^cluster_known_nodes:$count\$" &&
    [ "$(redis-cli $first cluster nodes | grep 'slave' | grep -vc 'fail')" = $((count / 2)) ]
}
tries=${TRIES:-60}
# shellcheck disable=SC2086
until agree; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { echo "the nodes do not agree:" >&2; state >&2; redis-cli $first cluster nodes >&2; exit 1; }
  sleep 1
done
echo "the Cluster of $count nodes is in order"
