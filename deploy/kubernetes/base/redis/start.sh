#!/bin/sh
# Starts a node. The password comes by standard input, so that it is in no argument that ps shows; the address is the pod's of now.
set -eu
password=$(cat "${PASSWORD_FILE:-/run/secrets/dynint/redis/password}")
case $password in
  '' | *[!A-Za-z0-9_.~-]*) echo "the password must be letters, digits, - _ . ~; see docs/kubernetes.md" >&2; exit 1 ;;
esac
sh "$(dirname "$0")/meet.sh" $$ &    # exec keeps the process' number
exec redis-server "${CONFIG:-/config/redis.conf}" --dir "${DATA:-/data}" "$@" - <<PASSWORD
requirepass $password
masterauth $password
cluster-announce-ip $POD_IP
PASSWORD
