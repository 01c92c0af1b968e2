#!/bin/sh
# Makes the first release of a fresh stack, from three days of generated logs unless there are others; once.
# What is given goes to dynint retrain: --again, after a first release that was refused.
set -eu
if [ -e /releases/dynint/current.json ]; then
  echo "a release is live already"
  exit 0
fi
if [ -z "$(ls -A /logs)" ] || [ "$(cat /training/generated-days 2>/dev/null)" = 0 ]; then
  echo 0 > /training/generated-days  # begun: interrupted, it is done anew
  python -m training.datasets.synthetic --out /logs --days 3 --rows 40000
  echo 3 > /training/generated-days
fi
exec dynint retrain --config /config/first.toml "$@"
