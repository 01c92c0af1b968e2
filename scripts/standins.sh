#!/usr/bin/env bash
# Makes the images that docker-compose.yml names where no image registry can be reached: from Debian's
# packages, under the same names. For trying the stack only. Needs root, debootstrap and a Docker engine.
#   scripts/standins.sh base     before the project's own images are built
#   scripts/standins.sh rest     after
set -euo pipefail
cd "$(dirname "$0")/.."
export DOCKER_BUILDKIT=0
case "${1:-}" in
base)
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  debootstrap --variant=minbase --include=python3.11,python3-pip,python3.11-venv,ca-certificates bookworm "$folder" >&2
  # What this machine trusts and where its pip looks, so that builds reach what it reaches.
  cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
  if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$folder/etc/pip.conf"; fi
  tar -C "$folder" -c . | docker import - python:3.11-slim-bookworm
  ;;
rest)
  build() { docker build -q -t "$2" -f "deploy/standins/$1.Dockerfile" deploy/standins; echo "made $2"; }
  build redis redis:7.4-bookworm
  build prometheus prom/prometheus:v3.5.0
  build node-exporter prom/node-exporter:v1.9.1
  build grafana grafana/grafana:12.1.1
  build tf-serving tensorflow/serving:2.19.1
  ;;
*)
  echo "usage: scripts/standins.sh base|rest" >&2
  exit 2
  ;;
esac
