# The node exporter where its image cannot be had: Debian's package.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends prometheus-node-exporter && rm -rf /var/lib/apt/lists/*
EXPOSE 9100
ENTRYPOINT ["prometheus-node-exporter"]
