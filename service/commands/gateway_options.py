"""Options that stand for settings of the gateway, for the verbs that take them."""

from pathlib import Path
from typing import Annotated

import typer

from model.release_root import root_option

ReleaseRoot = Annotated[Path | None, root_option("Folder of the releases (DYNINT_RELEASE_ROOT).")]
Name = Annotated[str | None, typer.Option(help="Model to serve (DYNINT_MODEL_NAME).")]
Host = Annotated[str | None, typer.Option(help="Address to listen on (DYNINT_HOST).")]
Port = Annotated[
    int | None, typer.Option(help="Port to listen on; 0 takes a free one (DYNINT_PORT).")
]
Scorer = Annotated[
    str | None, typer.Option(help="'embedded' or grpc://host:port[,host:port] (DYNINT_SCORER).")
]
RedisUrl = Annotated[
    str | None, typer.Option(help="Second embedding tier; none by default (DYNINT_REDIS_URL).")
]
