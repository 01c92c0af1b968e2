"""A gateway that runs: is it alive, is it ready, does it serve what the pointer says."""

import json
import time
from collections.abc import Iterator
from typing import Any

from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning
from service.doctor.http_probe import get

_SECONDS = 3.0
_LOOKS = 3
_FOLLOWS = "dynint_live_version"
_NOT_HERE = {
    401: "401: it asks for an API key, and the doctor has none",
    403: "403: who asks is not let in",
    404: "404: it is not at this port",
}
"""Answers of a gateway, or of what is before it, that say nothing of how it is."""


def check_gateway(case: Case) -> Iterator[Finding]:
    """Ask what probes, people and Prometheus ask."""
    if case.gateway is None:
        yield skipped("gateway", "--gateway URL examines one that runs")
        return
    base = case.gateway.rstrip("/")
    try:
        status, _ = get(f"{base}/livez", _SECONDS)
    except OSError as error:
        yield failed("livez", f"{base}: {error}", "Is it up, is the address right?")
        return
    if status != 200:
        yield failed("livez", f"{base} answers {status}", "Is it a DynInt gateway?")
        return
    yield ok("livez", f"{base} answers")
    for check in (_ready, _health, _metrics):
        try:
            yield from check(case, base)
        except OSError as error:
            yield failed(check.__name__.strip("_"), str(error), "It answered /livez a moment ago")


def _ready(case: Case, base: str) -> Iterator[Finding]:
    status, body = get(f"{base}/readyz", _SECONDS)
    if status == 200:
        yield ok("readyz", "requests are answered")
        return
    detail = _json(body).get("detail", "no reason given")
    yield failed("readyz", f"{status}: {detail}", "The gateway's log says more")


def _health(case: Case, base: str) -> Iterator[Finding]:
    status, body = get(f"{base}/healthz", _SECONDS)
    if status in _NOT_HERE:
        yield Finding("healthz", "skipped", f"answers {_NOT_HERE[status]}", _where(case, status))
        return
    health = _json(body)
    if health.get("model") != case.settings.model_name:
        yield failed(
            "healthz",
            f"serves the model {health.get('model')!r}; these settings name "
            f"{case.settings.model_name!r}",
            "Run the doctor with that gateway's settings",
        )
        return
    redis = health.get("redis")
    if redis == "left alone":
        yield warning(
            "healthz", "it leaves Redis alone", "Redis failed several times; see redis above"
        )
    else:
        yield ok(
            "healthz", f"{health.get('status')}, Redis {redis}, {health.get('l1_rows')} rows in L1"
        )
    yield _version(case, base, health)


def _version(case: Case, base: str, health: dict[str, Any]) -> Finding:
    check = "gateway's version"
    if case.pointer is None:
        return skipped(check, f"{health.get('version')}; there is no pointer to compare with")
    for _ in range(_LOOKS - 1):
        if health.get("version") == case.pointer.current:
            break
        time.sleep(case.settings.pointer_poll_ms / 1e3)  # it may be about to follow
        health = _json(get(f"{base}/healthz", _SECONDS)[1])
    version = health.get("version")
    if version == case.pointer.current:
        return ok(check, f"{version}, as the pointer says")
    problem = f" ({health['problem']})" if health.get("problem") else ""
    return failed(
        check,
        f"{version or 'none'}; the pointer says {case.pointer.current}{problem}",
        "Does it see this release root? Its log says why a version is not taken (release_refused, "
        "release_not_live)",
    )


def _metrics(case: Case, base: str) -> Iterator[Finding]:
    status, body = get(f"{base}/metrics", _SECONDS)
    if status == 200 and _FOLLOWS.encode() in body:
        yield ok("metrics", f"{len(body.splitlines()):,} lines")
    elif status in _NOT_HERE:
        yield warning(
            "metrics",
            f"/metrics answers {_NOT_HERE[status]}",
            f"{_where(case, status)}; Prometheus needs the same",
        )
    else:
        yield failed("metrics", f"/metrics answers {status}", "Is there a proxy between?")


def _where(case: Case, status: int) -> str:
    """Say where an answer is to be had, by why there is none here."""
    if status == 403:
        return "Ask it without what is between: a gateway that is sent no key does not answer so"
    port = case.settings.admin_port
    named = f"its admin port ({port})" if port else "its admin port (DYNINT_ADMIN_PORT)"
    if status == 401:
        no_key = "where no key is asked for"
        if port is None:
            return f"Set DYNINT_ADMIN_PORT, {no_key}, and give --gateway that port's address"
        return f"Give --gateway the address of {named}, {no_key}"
    return f"Give --gateway the address of {named}"


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
