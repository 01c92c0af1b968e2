# Debian has no Grafana: this one only holds its place, so that networks, ports and volumes are tried.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends wget && rm -rf /var/lib/apt/lists/* \
    && install -d /srv/api && echo '{"database": "ok"}' > /srv/api/health \
    && install -d -o 472 -g 472 /var/lib/grafana
EXPOSE 3000
CMD ["python3", "-m", "http.server", "3000", "--directory", "/srv"]
