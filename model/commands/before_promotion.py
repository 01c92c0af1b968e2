"""What ``dynint promote`` does before it moves the pointer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.bundle.announcement import announce, withdraw
from model.bundle.model_dir import checked, chosen
from model.console import say, undisturbed
from model.errors import InvalidInputError
from model.redis_schemes import SCHEMES


def prepare(
    folder: Path,
    version: str,
    scorer: str | None,
    redis_url: str | None,
    data: Path | None,
    gateways: Sequence[str],
    wait_s: float,
) -> dict[str, Any]:
    """Have model servers load a version, and Redis hold its rows; nothing that is live changes.

    Returns:
        What was waited for, for the command's report.

    Raises:
        InvalidInputError: if an option breaks its rule, or the version is not there.
        CheckFailedError: if a model server or Redis does not have it, or a gateway does not let
            itself be asked; the pointer is as it was.
    """
    try:
        from model.rollout import (
            gateway_address,
            require_open,
            scorer_targets,
            wait_available,
            warm_redis,
        )
    except ModuleNotFoundError as error:
        raise InvalidInputError(
            f"--scorer, --redis-url and --gateway: need the package {error.name!r}, which is not "
            "installed. Install the extra that brings it: pip install 'dynint[gateway]'"
        ) from error
    targets = scorer_targets(scorer) if scorer else ()
    for gateway in gateways:
        gateway_address(gateway)
    if data is not None and not redis_url:
        raise InvalidInputError("--data: says what is hot for --redis-url, which must be given too")
    if redis_url and not redis_url.startswith(SCHEMES):
        raise InvalidInputError(
            f"--redis-url: must start with one of {', '.join(SCHEMES)}; received something else"
        )
    bundle = checked(folder, chosen(folder, version))
    require_open(gateways)
    report: dict[str, Any] = {}
    try:
        if targets:
            announce(folder, version)
            say(f"waiting for {', '.join(targets)} to load version {version}")
            took = wait_available(targets, folder.name, bundle.version, wait_s, say)
            report["scorer_seconds"] = round(took, 3)
        if redis_url:
            report["redis_rows"] = warm_redis(bundle, redis_url, data)
    except BaseException:
        if targets:
            with undisturbed():
                withdraw(folder, version)
        raise
    return report
