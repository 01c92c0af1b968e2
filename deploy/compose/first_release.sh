#!/bin/sh
# Makes the first release of a fresh stack, from three days of generated logs; once.
set -eu
if [ -e /releases/dynint/current.json ]; then
  echo "a release is live already"
  exit 0
fi
if [ -z "$(ls -A /logs)" ]; then
  python -m training.datasets.synthetic --out /logs --days 3 --rows 40000
  echo 3 > /training/generated-days
fi
exec dynint retrain --config /config/first.toml
