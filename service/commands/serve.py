"""``dynint serve --release-root releases --name dynint``: run the gateway."""

from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import exit_codes


def serve(
    release_root: Annotated[
        Path | None, typer.Option(help="Folder of the releases (DYNINT_RELEASE_ROOT).")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Model to serve (DYNINT_MODEL_NAME).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (DYNINT_HOST).")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one (DYNINT_PORT).")
    ] = None,
    scorer: Annotated[
        str | None,
        typer.Option(help="'embedded' or grpc://host:port[,host:port] (DYNINT_SCORER)."),
    ] = None,
    redis_url: Annotated[
        str | None,
        typer.Option(help="Second embedding tier; none by default (DYNINT_REDIS_URL)."),
    ] = None,
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
