"""``dynint bench load --url http://localhost:8080 --root releases``: a constant load on a gateway."""

import asyncio
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from model.bundle import Bundle, bundle_folder, model_folder, read_pointer
from model.console import emit, exit_codes, say
from model.errors import CheckFailedError, InvalidInputError
from model.release_root import root_option
from model.secret_file import read_secret

_CONNECTIONS = 16
_REQUESTS = 64
_FAILED_SHARE = 0.01


def load(
    url: Annotated[str, typer.Option(help="The gateway.")] = "http://localhost:8080",
    root: Annotated[Path, root_option("Release root: rows are its golden ones.")] = Path(
        "releases"
    ),
    name: Annotated[str, typer.Option(help="Name of the model.")] = "dynint",
    rate: Annotated[float, typer.Option(min=0.1, help="Requests per second.")] = 20.0,
    rows: Annotated[int, typer.Option(min=1, help="Rows of each request.")] = 100,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long; 0 for ever.")] = 30.0,
    every: Annotated[float, typer.Option(min=1.0, help="Seconds between two lines.")] = 10.0,
    key_file: Annotated[
        Path | None,
        typer.Option(help="File with an API key in one line, if the gateway wants one."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send requests at fixed times, whatever becomes of them, and say how they fared.

    Latency counts from the moment a request was meant to start. Exits 1 if more than one in a
    hundred was not answered with 200.
    """
    with exit_codes():
        address = urlsplit(url)
        if address.scheme != "http" or not address.hostname:
            raise InvalidInputError(f"--url: must be http://host[:port]; received {url!r}")
        key = _key(key_file) if key_file else ""
        messages = _messages(root, name, rows, address.netloc, key)
        statuses: Counter[int] = Counter()
        latencies: list[float] = []
        done_s = 0.0
        for _ in count():
            span = every if not seconds else min(every, seconds - done_s)
            if span <= 0:
                break
            found, times = asyncio.run(
                _window(address.hostname, address.port or 80, messages, rate, span)
            )
            statuses.update(found)
            latencies = times if not seconds else latencies + times
            done_s += span
            say(_line(found, times, rows, span))
        report = {
            "requests": statuses.total(),
            "statuses": {str(status): number for status, number in sorted(statuses.items())},
            "p50_ms": _percentile(latencies, 0.5),
            "p99_ms": _percentile(latencies, 0.99),
        }
        failed = statuses.total() - statuses[200]
        emit(report, as_json, f"sent {statuses.total():,} requests; {failed:,} failed")
        if failed > _FAILED_SHARE * statuses.total():
            raise CheckFailedError(
                f"requests: at most 1 in 100 may fail; {failed:,} of {statuses.total():,} did: "
                f"{dict(statuses)} (0: no answer)"
            )


def _key(path: Path) -> str:
    """Read an API key.

    Raises:
        InvalidInputError: if the file cannot be read or is not one line of visible ASCII; nothing of
            it is repeated.
    """
    key = read_secret(path, "--key-file")
    lines = len(key.splitlines())
    if lines > 1:
        raise InvalidInputError(
            f"--key-file: must be one line, the key; {path} has {lines}. What 'python -m service.api_keys "
            "new' writes has two, and the first is the key: head -n 1 makes a file of it"
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise InvalidInputError(
            f"--key-file: must be a key of visible ASCII without blanks; {path} has others"
        )
    return key


async def _window(
    host: str, port: int, messages: list[bytes], rate: float, seconds: float
) -> tuple[Counter[int], list[float]]:
    from benchmarks.serving.open_loop import run_open_loop

    try:
        outcomes = await run_open_loop(
            port, messages, rate, seconds, _CONNECTIONS, patience_s=5.0, host=host
        )
    except OSError:  # nobody listens: that is what became of them
        await asyncio.sleep(seconds)
        outcomes = []
    answered = Counter(outcome.status for outcome in outcomes)
    missing = max(1, round(rate * seconds)) - len(outcomes)
    if missing > 0:
        answered[0] += missing
    return answered, [each.latency_s * 1e3 for each in outcomes if each.status == 200]


def _messages(root: Path, name: str, rows: int, host: str, key: str) -> list[bytes]:
    """Write requests of the live release's golden rows, each of other ones.

    Raises:
        InvalidInputError: if no release is live, or it has no golden rows.
    """
    import orjson

    pointer = read_pointer(model_folder(root, name))
    if pointer is None:
        raise InvalidInputError(f"--root: a release must be live in {root / name}; none is")
    golden = Bundle.open(bundle_folder(root, name, pointer.current)).golden().instances
    if not golden:
        raise InvalidInputError(f"--root: version {pointer.current} has no golden rows to send")
    head = f"POST /predict HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    if key:
        head += f"authorization: Bearer {key}\r\n"
    messages = []
    for first in range(_REQUESTS):
        chosen = [golden[(first * rows + place) % len(golden)] for place in range(rows)]
        body = orjson.dumps({"instances": chosen})
        messages.append(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return messages


def _line(found: Counter[int], times: list[float], rows: int, seconds: float) -> str:
    failures = ", ".join(
        f"{number} x {status}" for status, number in found.items() if status != 200
    )
    return (
        f"{found[200] / seconds:.0f} requests/s, {found[200] * rows / seconds:,.0f} rows/s, "
        f"p50 {_percentile(times, 0.5)} ms, p99 {_percentile(times, 0.99)} ms"
        + (f"; failed: {failures} (0: no answer)" if failures else "")
    )


def _percentile(times: list[float], share: float) -> float | None:
    if not times:
        return None
    return round(sorted(times)[min(len(times) - 1, int(share * len(times)))], 2)
