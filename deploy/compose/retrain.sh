#!/bin/sh
# One night: with generated logs, the next day's is written first.
set -eu
if [ -e /training/generated-days ]; then
  days=$(cat /training/generated-days)
  python -m training.datasets.synthetic --out /logs --days 1 --first "$days" --rows 40000
  echo $((days + 1)) > /training/generated-days
fi
exec dynint retrain --config /config/retrain.toml "$@"
