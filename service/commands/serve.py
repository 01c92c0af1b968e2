"""``dynint serve --release-root releases --name dynint``: run the gateway."""

from typing import Any

from model.console import exit_codes
from service.commands.gateway_options import Host, Name, Port, RedisUrl, ReleaseRoot, Scorer


def serve(
    release_root: ReleaseRoot = None,
    name: Name = None,
    host: Host = None,
    port: Port = None,
    scorer: Scorer = None,
    redis_url: RedisUrl = None,
) -> None:
    """Run the gateway: POST /predict. Options win over the DYNINT_* variables."""
    with exit_codes():
        from service.server import serve as run
        from service.settings_source import read_settings

        options: dict[str, Any] = {
            "release_root": release_root,
            "model_name": name,
            "host": host,
            "port": port,
            "scorer": scorer,
            "redis_url": redis_url,
        }
        run(read_settings({key: value for key, value in options.items() if value is not None}))
