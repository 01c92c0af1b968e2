"""Who is told how a run ended: Prometheus' node exporter by a file, others by a webhook."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from model.console import say
from model.errors import InvalidInputError
from model.regular_file import read_regular
from model.secret_file import read_secret
from training.retrain.config import RetrainConfig
from training.retrain.journal import PROMOTED, REFUSED, RUNNING, Journal
from training.retrain.options import AlertOptions, is_address
from training.train.whole_file import write_whole

_TIMEOUT_S = 10.0


def tell_of(config: RetrainConfig, journal: Journal) -> None:
    """Write the textfile and send the webhook; neither can fail a run, both are said if they fail."""
    if config.alerts.textfile:
        _write(config, journal)
    if config.alerts.webhook or config.alerts.webhook_file:
        try:
            answer = httpx.post(
                _address(config.alerts), json=message(config, journal), timeout=_TIMEOUT_S
            )
            answer.raise_for_status()
        except InvalidInputError as error:
            say(f"alerts: {error}")
        except httpx.HTTPStatusError as error:  # its text has the address, which is a secret
            say(f"alerts: the webhook did not take it: status {error.response.status_code}")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            say(f"alerts: the webhook did not take it: {type(error).__name__}")


def end_failure(config: RetrainConfig, last: Journal | None) -> None:
    """Where the textfile still tells of a failure, have it say again what the last run said.

    Its time is that run's end, not now: no run has been since, and the alert of a job that is silent
    goes by that time.

    Args:
        config: names the file.
        last: the run that came to its end last; without one the file stays.
    """
    if not config.alerts.textfile or last is None:
        return
    failed = _sample("outcome", config, ',outcome="failed"')
    try:
        if f"{failed} 1\n".encode() in read_regular(Path(config.alerts.textfile)):
            _write(config, last)
    except OSError:
        pass  # there is none: nothing to take back


def _write(config: RetrainConfig, journal: Journal) -> None:
    try:
        write_whole(Path(config.alerts.textfile), textfile(config, journal))
    except OSError as error:
        say(f"alerts: {config.alerts.textfile} cannot be written: {error.strerror}")


def _address(alerts: AlertOptions) -> str:
    if not alerts.webhook_file:
        return alerts.webhook
    address = read_secret(Path(alerts.webhook_file), "webhook_file")
    if not is_address(address):
        raise InvalidInputError(
            f"webhook_file: must hold an address, http:// or https://; {alerts.webhook_file} does not"
        )
    return address


def message(config: RetrainConfig, journal: Journal) -> dict[str, Any]:
    """Say how a run ended, as the webhook is told."""
    outcome = "failed" if journal.outcome == RUNNING else journal.outcome
    said = f"{config.release.name}: retraining {journal.folder.name} {outcome}"
    return {
        "text": f"{said}: {journal.reason}" if journal.reason else said,
        "model": config.release.name,
        "run": journal.folder.name,
        "outcome": outcome,
        "reason": journal.reason,
        "version": journal.result("publish")["version"] if journal.done("publish") else None,
        "metrics": journal.result("evaluate") if journal.done("evaluate") else None,
    }


def textfile(config: RetrainConfig, journal: Journal) -> str:
    """Write gauges in Prometheus' text format; one line per sample, one file for all of them."""
    lines: list[str] = []

    def gauge(metric: str, text: str, samples: Iterator[tuple[str, float]]) -> None:
        lines.extend(
            (f"# HELP dynint_retrain_{metric} {text}", f"# TYPE dynint_retrain_{metric} gauge")
        )
        lines.extend(f"{_sample(metric, config, more)} {value:.10g}" for more, value in samples)

    outcomes = {PROMOTED: PROMOTED, REFUSED: REFUSED, RUNNING: "failed"}
    now = outcomes.get(journal.outcome, journal.outcome)
    gauge("last_run_timestamp_seconds", "When the last run ended.", iter([("", journal.ended_s)]))
    gauge(
        "outcome",
        "1 for the outcome of the last run, 0 for the others.",
        ((f',outcome="{each}"', float(each == now)) for each in outcomes.values()),
    )
    steps = {key: each["seconds"] for key, each in journal.steps.items() if "seconds" in each}
    gauge(
        "step_seconds",
        "How long each step of the last run took.",
        ((f',step="{step}"', seconds) for step, seconds in steps.items()),
    )
    if journal.done("gates"):
        gauge(
            "gate_passed",
            "Whether the last candidate passed each gate.",
            (
                (f',gate="{each["name"]}"', float(each["passed"]))
                for each in journal.result("gates")["gates"]
            ),
        )
    if journal.done("evaluate"):
        for metric in ("auc", "log_loss", "calibration_ratio"):
            gauge(
                metric,
                f"{metric} of the candidate and of the live release on the last run's test rows.",
                (
                    (f',of="{who}"', found[metric])
                    for who, found in journal.result("evaluate").items()
                    if metric in found
                ),
            )
    return "\n".join(lines) + "\n"


def _sample(metric: str, config: RetrainConfig, more: str) -> str:
    return f'dynint_retrain_{metric}{{model="{config.release.name}"{more}}}'
