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
    if status in {401, 403, 404}:
        yield skipped("healthz", f"answers {status} here", "Is it on another port?")
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
    elif status in {401, 403, 404}:
        yield warning(
            "metrics",
            f"/metrics answers {status} here",
            "If they are on the admin port: give its address to Prometheus",
        )
    else:
        yield failed("metrics", f"/metrics answers {status}", "Is there a proxy between?")


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
