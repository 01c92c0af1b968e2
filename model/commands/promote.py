"""``dynint promote --root releases --name dynint 7 --scorer grpc://localhost:8500``."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, say


def promote(
    version: Annotated[str, typer.Argument(help="Version to make live.")],
    root: Annotated[Path, typer.Option(help="Release root.")] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    scorer: Annotated[
        str | None,
        typer.Option(
            help="grpc://host:port[,host:port]: first wait until every one of these model servers "
            "has the version AVAILABLE."
        ),
    ] = None,
    redis_url: Annotated[
        str | None, typer.Option(help="First write the version's hottest rows to this Redis.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="With --redis-url: prepared data of the version, which says what is hot."
        ),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(help="http://host:port: then wait until it answers with the version; again."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Longest wait, in seconds, of each kind.")
    ] = 120,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a version the live one; the one that was live becomes the previous."""
    with exit_codes():
        from model.bundle import model_folder
        from model.bundle import promote as make_live
        from model.commands.before_promotion import prepare

        folder = model_folder(root, name)
        report: dict[str, Any] = {}
        if scorer or redis_url or gateway or data:
            report = prepare(folder, version, scorer, redis_url, data, gateway or (), wait)
        pointer = make_live(folder, version)
        if gateway:
            from model.rollout import wait_live

            report["gateways"] = wait_live(gateway, name, pointer.current, wait, say)
        place = shlex.quote(str(root))
        back = (
            f"back       dynint rollback --root {place} --name {name} (to {pointer.previous})"
            if pointer.previous
            else f"next       dynint serve --release-root {place} --name {name}"
        )
        text = (
            f"live       {name} version {pointer.current}\nwrote      {folder}/current.json\n{back}"
        )
        emit({"name": name, **pointer.to_json(), **report}, as_json, text)
