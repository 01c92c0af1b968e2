"""``dynint doctor --release-root releases --redis-url redis://localhost:6379``: what is wrong, what to do."""

import os
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, say
from service.commands.gateway_options import Host, Name, Port, RedisUrl, ReleaseRoot, Scorer


def doctor(
    release_root: ReleaseRoot = None,
    name: Name = None,
    host: Host = None,
    port: Port = None,
    scorer: Scorer = None,
    redis_url: RedisUrl = None,
    gateway: Annotated[
        str | None, typer.Option(help="Address of a running gateway to examine too.")
    ] = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Read every byte of the versions, whatever the stamps say."),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as failures.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(min=1, help="Longest time of one check in seconds; 120, with --deep an hour."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one object as the last line.")
    ] = False,
) -> None:
    """Check what a gateway of these settings would meet, and say what to do about it.

    The settings are read as 'dynint serve' reads them. Nothing is changed, but for one row that is
    written to Redis, read back and deleted. Exit code 0: no check failed; 1: one did.
    """
    with exit_codes():
        from model.errors import CheckFailedError
        from service.doctor.examine import left_behind
        from service.doctor.report import render, to_json
        from service.doctor.run import run_doctor
        from service.logs import configure_logs

        configure_logs("error")
        options: dict[str, Any] = {
            "release_root": release_root,
            "model_name": name,
            "host": host,
            "port": port,
            "scorer": scorer,
            "redis_url": redis_url,
        }
        given = {key: value for key, value in options.items() if value is not None}
        seconds = timeout if timeout is not None else 3600.0 if deep else 120.0
        tell = (lambda finding: say(render(finding))) if as_json else (lambda f: print(render(f)))
        findings = run_doctor(given, gateway, deep, seconds, tell)
        result = to_json(findings, strict)
        emit(result, as_json, result["summary"])
        if left_behind():
            os._exit(1)  # what hangs has failed, and is not waited for
        if not result["ok"]:
            raise CheckFailedError(f"doctor: every check must pass; {result['summary']}")
