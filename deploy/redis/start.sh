#!/bin/sh
# Starts Redis with the password of the environment: by standard input, so that it is in no
# argument that ps shows.
set -eu
exec redis-server /config/redis.conf - <<PASSWORD
requirepass $DYNINT_REDIS_PASSWORD
PASSWORD
