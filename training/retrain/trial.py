"""The trial of a candidate on a share of the requests, watched until its end."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.bundle import end_canary, model_folder, read_evidence, read_pointer
from model.console import progress
from model.errors import CheckFailedError, DynIntError
from training.retrain.config import RetrainConfig
from training.retrain.figures import TrialFigures
from training.retrain.plan import Live
from training.retrain.verb import run_verb

LOOK_S = 0.5


def try_out(
    config: RetrainConfig,
    version: str,
    live: Live,
    begin: list[str],
    told: Callable[[str], None],
) -> dict[str, Any]:
    """Give the version a share of the requests for a while; gateways may end that.

    Args:
        config: share, length and gateways.
        version: the candidate's.
        live: what was live when the run began.
        begin: arguments of ``dynint promote`` for the version.
        told: given each line that is said.

    Raises:
        CheckFailedError: if the trial was ended, by a gateway or by hand, or there were too few
            requests to judge by.
        DynIntError: if it cannot be begun, a gateway does not let itself be asked, or none could be
            all the time. A trial that has begun goes on, and the next run goes on with it.
    """
    options = config.canary
    folder = model_folder(Path(config.release.root), config.release.name)
    figures = TrialFigures(config.release.gateways, config.release.name, version, told)
    figures.requests()  # before anything is begun: a gateway that refuses hides its verdict
    try:
        arguments = [*begin, "--over", live.version]
        run_verb("promote", [*arguments, "--canary", f"{options.share:g}"], told)
    except CheckFailedError as error:  # the candidate is not to blame
        raise DynIntError(f"canary: cannot be begun: {error}") from error
    figures.asked = 0
    end_s = time.monotonic() + options.seconds
    with progress("canary", round(options.seconds), "s") as advance:
        while (left_s := end_s - time.monotonic()) > 0:
            _require_trial(folder, version)
            requests = _requests(figures, folder)
            advance(round(options.seconds - left_s), f"{requests:,} requests")
            time.sleep(min(LOOK_S, left_s))
        advance(round(options.seconds))
    _require_trial(folder, version)
    requests = _requests(figures, folder)
    if config.release.gateways and not figures.asked:
        raise DynIntError(
            f"canary: no gateway could be asked in {options.seconds:g} s what became of version "
            f"{version}; it stays on trial: the next run goes on with it, dynint rollback ends it"
        )
    if requests < options.min_requests:
        least = {"min_requests": options.min_requests, "seconds": options.seconds}
        end_canary(folder, version, "too_few_requests", least, {"requests": requests})
        raise CheckFailedError(
            f"canary: must have answered {options.min_requests:,} requests in {options.seconds:g} s; "
            f"it has answered {requests:,}"
        )
    return {"share": options.share, "seconds": options.seconds, "requests": requests}


def _require_trial(folder: Path, version: str) -> None:
    pointer = read_pointer(folder)
    if pointer is not None and pointer.canary is not None and pointer.canary.version == version:
        return
    evidence = read_evidence(folder, version) or {}
    why = evidence.get("reason", "somebody took it off")
    raise CheckFailedError(f"canary: the trial of version {version} was ended: {why}")


def _requests(figures: TrialFigures, folder: Path) -> int:
    """Count what the canary was asked.

    Raises:
        CheckFailedError: if a gateway has judged against it, and could not write that down.
    """
    requests = figures.requests()
    if found := figures.verdict:
        end_canary(folder, figures.version, found.reason, found.thresholds, found.figures)
        raise CheckFailedError(
            f"canary: {found.judge} has judged against version {figures.version}: {found.reason}"
        )
    return requests
