# Prometheus where its image cannot be had: Debian's package.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends prometheus wget && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65534 -g 65534 /prometheus
EXPOSE 9090
ENTRYPOINT ["prometheus"]
