#!/bin/sh
# Starts Redis with the password of the environment: by standard input, so that it is in no
# argument that ps shows.
set -eu
case "${DYNINT_REDIS_PASSWORD:-}" in
'' | *[!A-Za-z0-9._~-]*)
  # Redis would read others as quotes or blanks, and show the line in its log.
  echo "DYNINT_REDIS_PASSWORD: must be letters, digits and ._~- (openssl rand -hex 32 makes one)" >&2
  exit 2
  ;;
esac
exec redis-server /config/redis.conf - <<PASSWORD
requirepass $DYNINT_REDIS_PASSWORD
PASSWORD
