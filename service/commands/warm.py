"""``dynint warm --root releases --redis-url redis://localhost:6379``: fill Redis with hot rows."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, progress, say
from model.release_root import root_option


def warm(
    version: Annotated[
        str | None, typer.Argument(help="Version to warm; by default the live one.")
    ] = None,
    root: Annotated[Path | None, root_option("Release root (DYNINT_RELEASE_ROOT).")] = None,
    name: Annotated[str | None, typer.Option(help="Model (DYNINT_MODEL_NAME).")] = None,
    redis_url: Annotated[
        str | None, typer.Option(help="Where to write (DYNINT_REDIS_URL).")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Prepared data of the release: hottest are the levels seen most in it."),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Requests, one JSON object per line (a row, or a body of POST /predict; plain or "
            ".gz): hottest are the levels that come most in it."
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Most rows to write.")] = 100_000,
    rate: Annotated[
        int | None, typer.Option(min=1, help="Most rows per second; by default no limit.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a release's hottest rows to Redis, before it is promoted or after Redis was emptied.

    A bundle does not say which levels are frequent: give --data (the counts of training) or --log
    (the counts of real requests). Without either the first rows of the table are written, which are
    any ones: enough only if --rows covers the table.
    """
    with exit_codes():
        import asyncio

        from model.bundle import Bundle, bundle_folder, model_folder, read_pointer
        from model.errors import CheckFailedError, InvalidInputError
        from model.features import Encoder
        from service import hot_rows
        from service.logs import configure_logs
        from service.settings_source import read_settings
        from service.warming import warm as run

        configure_logs("error")
        if data is not None and log is not None:
            raise InvalidInputError("--data and --log: give at most one; received both")
        given: dict[str, Any] = {"release_root": root, "model_name": name, "redis_url": redis_url}
        settings = read_settings({key: each for key, each in given.items() if each is not None})
        if settings.redis_url is None:
            raise InvalidInputError("--redis-url: must be given, or DYNINT_REDIS_URL set")
        place, model = settings.release_root, settings.model_name
        if version is None:
            pointer = read_pointer(model_folder(place, model))
            if pointer is None:
                raise InvalidInputError(
                    f"VERSION: must be given, as {place / model} has no live one"
                )
            version = pointer.current
        folder = bundle_folder(place, model, version)
        if not folder.is_dir():
            raise InvalidInputError(f"VERSION: must be there; {folder} is not")
        bundle = Bundle.open(folder)
        if data is not None:
            levels = hot_rows.by_vocabulary(bundle.table, data / "vocabulary.npz", rows)
        elif log is not None:
            with progress(f"reading {log}", None, "rows") as advance:
                levels = hot_rows.by_log(bundle.table, Encoder(bundle.spec), log, rows, advance)
            if not len(levels):
                say(f"warning: {log} has no row with a level of the release: nothing is written")
        else:
            levels = hot_rows.by_table(bundle.table, rows)
            if len(levels) < len(bundle.table.fingerprints):
                say("neither --data nor --log: these are the table's first rows, not its hottest")
        with progress("warming Redis", len(levels), "rows") as advance:
            warmed = asyncio.run(run(bundle, levels, settings, rate, advance))
        known = len(bundle.table.fingerprints)
        report = {
            "name": bundle.name,
            "version": str(bundle.version),
            "digest": bundle.manifest_digest,
            "order": "training" if data else "log" if log else "table",
            "rows": len(levels),
            "written": warmed.written,
            "failed": warmed.failed,
            "errors": dict(warmed.reasons),
            "levels": known,
            "bytes": warmed.bytes,
            "seconds": round(warmed.seconds, 3),
            "ttl_s": settings.redis_ttl_s,
        }
        after = (
            f"dynint serve --release-root {shlex.quote(str(place))} --name {model} --redis-url ..."
            if warmed.written == len(levels)
            else "look at Redis' memory and log, then run this again"
        )
        lines = [
            f"wrote      {warmed.written:,} of {known:,} rows of {bundle.name} version "
            f"{bundle.version} ({warmed.bytes / 1e6:,.1f} MB, {warmed.seconds:.1f} s)",
            f"stays      {settings.redis_ttl_s:,} s, unless a gateway writes it again",
            f"next       {after}",
        ]
        emit(report, as_json, "\n".join(lines))
        if warmed.written < len(levels):
            raise CheckFailedError(
                f"redis: must take every row; it did not take {len(levels) - warmed.written:,} "
                f"({', '.join(sorted(warmed.reasons))})"
            )
