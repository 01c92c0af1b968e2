"""``dynint promote --root releases --name dynint 7``, or on trial: ``dynint promote 7 --canary 0.05``."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, say, tidied_up, undisturbed
from model.release_root import root_option


def promote(
    version: Annotated[str, typer.Argument(help="Version to make live, or to try.")],
    root: Annotated[Path, root_option()] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    canary: Annotated[
        float | None,
        typer.Option(
            help="Only try it, on this share of the requests, in (0, 1]; the live version stays. "
            "Again with another share: changes it."
        ),
    ] = None,
    over: Annotated[
        str | None, typer.Option(help="Only if this version is the live one until then.")
    ] = None,
    on_trial: Annotated[
        bool, typer.Option("--on-trial", help="Only if the version is the canary until then.")
    ] = False,
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
    redis_url_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with this address, in its place: others see a command's options."
        ),
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
    with exit_codes(), tidied_up():
        from model.bundle import model_folder, read_pointer, start_canary
        from model.bundle import promote as make_live
        from model.bundle.announcement import Announcement
        from model.commands.before_promotion import prepare, redis_address
        from model.commands.cut_short import take_back, tell_moved, undoing
        from model.errors import InvalidInputError

        folder = model_folder(root, name)
        redis = redis_address(redis_url, redis_url_file)
        if gateway and canary is not None:
            raise InvalidInputError(
                "--gateway: must not be given beside --canary, which waits for none: "
                "GET /v1/models of a gateway says how its trial goes"
            )
        options = f"--root {shlex.quote(str(root))} --name {name}"
        report: dict[str, Any] = {}
        announcement = Announcement(folder, version)
        before = read_pointer(folder)
        try:
            if scorer or redis[0] or data or gateway:
                report = prepare(folder, announcement, scorer, redis, data, gateway or (), wait)
                before = read_pointer(folder)
            if canary is not None:
                pointer = start_canary(folder, version, canary, over)
            else:
                pointer = make_live(folder, version, over, on_trial)
            if gateway:
                from model.rollout import wait_live

                undo = undoing(before, pointer, options)
                report["gateways"] = wait_live(gateway, name, pointer.current, wait, say, undo=undo)
        except BaseException as error:
            with undisturbed():
                take_back(announcement)
                if isinstance(error, KeyboardInterrupt):
                    tell_moved(folder, before, options)
            raise
        if canary is not None:
            text = (
                f"canary     {name} version {version}: {canary:.3g} of the requests; "
                f"{pointer.current} stays live\n"
                f"wrote      {folder}/current.json\n"
                f"good       dynint promote {version} {options}\n"
                f"bad        dynint rollback {options} (ends the canary only)"
            )
        else:
            back = (
                f"back       dynint rollback {options} (to {pointer.previous})"
                if pointer.previous
                else f"next       dynint serve --release-{options.removeprefix('--')}"
            )
            text = (
                f"live       {name} version {pointer.current}\n"
                f"wrote      {folder}/current.json\n{back}"
            )
        emit({"name": name, **pointer.to_json(), **report}, as_json, text)
