"""Who is told how a run ended: Prometheus' node exporter by a file, others by a webhook."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from model.console import say
from model.errors import InvalidInputError
from model.secret_file import read_secret
from training.retrain.config import RetrainConfig
from training.retrain.journal import PROMOTED, REFUSED, RUNNING, Journal
from training.retrain.options import AlertOptions, is_address
from training.train.whole_file import write_whole

_TIMEOUT_S = 10.0


def tell_of(config: RetrainConfig, journal: Journal) -> None:
    """Write the textfile and send the webhook; neither can fail a run, both are said if they fail."""
    if config.alerts.textfile:
        try:
            write_whole(Path(config.alerts.textfile), textfile(config, journal))
        except OSError as error:
            say(f"alerts: {config.alerts.textfile} cannot be written: {error.strerror}")
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
    name = config.release.name
    lines: list[str] = []

    def gauge(metric: str, text: str, samples: Iterator[tuple[str, float]]) -> None:
        lines.extend(
            (f"# HELP dynint_retrain_{metric} {text}", f"# TYPE dynint_retrain_{metric} gauge")
        )
        lines.extend(f'dynint_retrain_{metric}{{model="{name}"{more}}} {value:.10g}'
                     for more, value in samples)  # fmt: skip

    outcomes = {PROMOTED: PROMOTED, REFUSED: REFUSED, RUNNING: "failed"}
    now = outcomes.get(journal.outcome, journal.outcome)
    gauge("last_run_timestamp_seconds", "When the last run ended.", iter([("", time.time())]))
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
