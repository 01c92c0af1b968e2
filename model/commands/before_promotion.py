"""What ``dynint promote`` does before it moves the pointer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.bundle.announcement import Announcement
from model.bundle.model_dir import checked, chosen
from model.console import say
from model.errors import InvalidInputError
from model.secret_file import read_secret


def redis_address(url: str | None, file: Path | None) -> tuple[str | None, str]:
    """Read where Redis is; returns the address, if one is given, and the option that says it.

    Raises:
        InvalidInputError: if both are given, or the file cannot be used.
    """
    if file is None:
        return url or None, "--redis-url"
    if url:
        raise InvalidInputError("--redis-url-file: must not be given beside --redis-url")
    return read_secret(file, "--redis-url-file"), "--redis-url-file"


def prepare(
    folder: Path,
    announcement: Announcement,
    scorer: str | None,
    redis: tuple[str | None, str],
    data: Path | None,
    gateways: Sequence[str],
    wait_s: float,
) -> dict[str, Any]:
    """Have model servers load a version, and Redis hold its rows; nothing that is live changes.

    Args:
        folder: ``ROOT/<model-name>``.
        announcement: of the version; the caller withdraws it if the version is not promoted.
        scorer: ``grpc://host:port[,host:port]``.
        redis: what ``redis_address`` returned.
        data: says what is hot.
        gateways: addresses that will be asked afterwards.
        wait_s: longest wait for model servers, in seconds.

    Returns:
        What was waited for, for the command's report.

    Raises:
        InvalidInputError: if an option breaks its rule, or the version is not there.
        CheckFailedError: if a model server or Redis does not have it, or a gateway does not let
            itself be asked; the pointer is as it was.
    """
    try:
        from model.redis_url import parse_redis_url
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
    redis_url, redis_option = redis
    if data is not None and not redis_url:
        raise InvalidInputError("--data: says what is hot for --redis-url, which must be given too")
    if redis_url:
        parse_redis_url(redis_url, redis_option)
    version = announcement.version
    bundle = checked(folder, chosen(folder, version))
    require_open(gateways)
    report: dict[str, Any] = {}
    if targets:
        announcement.begin()
        say(f"waiting for {', '.join(targets)} to load version {version}")
        took = wait_available(targets, folder.name, bundle.version, wait_s, say)
        report["scorer_seconds"] = round(took, 3)
    if redis_url:
        report["redis_rows"] = warm_redis(bundle, redis_url, data, redis_option)
    return report
