"""The second embedding tier."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Iterator

import numpy as np
from redis.exceptions import RedisError

from model.bundle import PRESENT
from model.errors import InvalidInputError
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning
from service.doctor.redis_cluster import check_cluster
from service.doctor.redis_memory import check_memory
from service.doctor.redis_probe import RedisProbe, moved_to
from service.doctor.requirement import in_range
from service.tiers.redis_address import RedisAddress, parse_address
from service.tiers.redis_connections import NO_PASSWORD_THERE
from service.tiers.row_codec import RowCodec

_PINGS = 100
_PINGS_S = 3.0
_LEAST_VERSION = "4.0"
"""The first with ``allkeys-lfu``."""

_KEY_S = "30"
_MOVED_S = 2.0
_WIDTH = 16
_FAILURES = (OSError, RedisError, TimeoutError)


def check_redis(case: Case) -> Iterator[Finding]:
    """Examine each server of the address."""
    settings = case.settings
    if settings.redis_url is None:
        yield skipped("redis", "DYNINT_REDIS_URL is not set: the tier is not used")
        return
    try:
        addresses, clustered = parse_address(
            settings.redis_url.get_secret_value(),
            settings.redis_password_file,
            settings.redis_ca_file,
            settings.redis_password.get_secret_value(),
        )
    except InvalidInputError as error:
        yield failed("redis", str(error), "Set it by that rule")
        return

    async def examine(address: RedisAddress) -> list[Finding]:
        return [each async for each in _examine(case, address, clustered)]

    for address in addresses:
        yield from asyncio.run(examine(address))


async def _examine(case: Case, address: RedisAddress, clustered: bool) -> AsyncIterator[Finding]:
    name = f"redis {address.name}"
    timeout_s = max(case.settings.redis_connect_timeout_ms / 1e3, 1.0)
    try:
        async with RedisProbe(address, timeout_s) as probe:
            await probe.ask("PING")
            greeted = "with" if address.greeting() else "without"
            tls = "TLS" if address.tls else "plain text"
            yield ok(name, f"answers, {tls}, {greeted} a password")
            try:
                async for finding in _questions(case, probe, clustered):
                    yield finding
            except _FAILURES as error:
                yield failed(name, f"answered, and then not: {_words(error)}", "Look at its log")
    except _FAILURES as error:
        yield failed(name, _words(error), _advice(error, address))


async def _questions(case: Case, probe: RedisProbe, clustered: bool) -> AsyncIterator[Finding]:
    name = probe.address.name
    try:
        server, memory, stats = [
            await probe.info(section) for section in ("server", "memory", "stats")
        ]
        version = server.get("redis_version", "0")
        if in_range(version, f">={_LEAST_VERSION}"):
            yield ok(f"redis version {name}", version)
        else:
            yield failed(
                f"redis version {name}",
                f"{version}, where {_LEAST_VERSION} or later is needed",
                "Run a newer Redis",
            )
        for finding in check_memory(case, name, memory, stats):
            yield finding
        yield await check_cluster(probe, clustered)
    except RedisError as error:
        yield skipped(
            f"redis memory {name}",
            f"the user may not ask INFO ({_code(error)}): version, memory and policy are unknown",
            "ACL SETUSER ... +info +cluster|info +cluster|nodes lets the doctor see them; the gateway "
            "needs none of these",
        )
    yield _latency(case, name, await probe.pings(_PINGS, _PINGS_S))
    yield await _row(case, probe)


def _latency(case: Case, name: str, times: list[float]) -> Finding:
    check = f"redis latency {name}"
    budget = case.settings.redis_budget_ms
    p50, p99 = (float(np.percentile(times, q)) * 1e3 for q in (50, 99))
    found = f"{p50:.2f} ms median, {p99:.2f} ms 99th of {len(times)} pings; budget {budget} ms"
    figures = {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3), "budget_ms": budget}
    if p50 >= budget:
        do = "Bring Redis nearer, or raise DYNINT_REDIS_BUDGET_MS: no request has its rows in time"
        return failed(check, found, do, **figures)
    if p99 >= budget / 2:
        do = "Bring Redis nearer, give it a core, or raise DYNINT_REDIS_BUDGET_MS"
        return warning(check, found, do, **figures)
    return ok(check, found, **figures)


async def _row(case: Case, probe: RedisProbe) -> Finding:
    """Write a row as the gateway writes them, read it back, and delete it."""
    check = f"redis row {probe.address.name}"
    width = case.live.table.width if case.live else _WIDTH
    codec = RowCodec(secrets.token_hex(32), width)
    marks = np.array([secrets.randbits(64)], np.uint64)
    rows = np.random.default_rng().normal(size=(1, width)).astype(np.float32)
    (value,) = codec.encode(marks, rows, np.array([PRESENT], np.uint8))
    key = f"dynint:doctor:{secrets.token_hex(8)}"
    try:
        back, gone = await _there_and_back(probe, key, value)
    except RedisError as error:
        moved = moved_to(error, probe.address)
        if moved is None:
            return _refused(check, error)
        try:
            async with RedisProbe(moved, _MOVED_S) as other:
                back, gone = await _there_and_back(other, key, value)
        except RedisError as again:
            return _refused(check, again, f" by {moved.name}")
        except (OSError, TimeoutError) as again:
            return failed(
                check,
                f"a row is not taken: {moved.name}, where the Cluster says it belongs: {_words(again)}",
                _advice(again, moved),
            )
    decoded = codec.decode(marks, [back])
    if not decoded.valid[0] or not np.array_equal(decoded.rows, rows):
        return failed(check, "what was read is not what was written", "Is there a proxy between?")
    left = "" if gone else f"; it may not be deleted and expires in {_KEY_S} s"
    return ok(check, f"{len(value)} bytes written and read back the same{left}")


def _refused(check: str, error: RedisError, by: str = "") -> Finding:
    code = _code(error)
    do = {
        "OOM": "Set maxmemory-policy allkeys-lfu, so that old rows make room",
        "NOPERM": "ACL SETUSER ... ~dynint:* +get +mget +set +ping",
        "READONLY": "Name the master in DYNINT_REDIS_URL, not a replica",
        "CLUSTERDOWN": "redis-cli --cluster check HOST:PORT says what is missing",
    }.get(code, "Look at Redis' log")
    return failed(check, f"a row is not taken{by}: {code}", do)


async def _there_and_back(probe: RedisProbe, key: str, value: bytes) -> tuple[bytes | None, bool]:
    await probe.ask("SET", key, value, "EX", _KEY_S)
    back = await probe.ask("GET", key)
    try:
        await probe.ask("DEL", key)
    except RedisError:
        return back, False
    return back, True


def _code(error: BaseException) -> str:
    return str(error).split(" ", 1)[0]


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or type(error).__name__}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__


def _advice(error: BaseException, address: RedisAddress) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            "Set DYNINT_REDIS_CA_FILE to its authority's certificate, and call it by the name in it"
        )
    if isinstance(error, ssl.SSLError):
        return "Does the port speak TLS? redis:// is plain text, rediss:// is TLS"
    if isinstance(error, RedisError) and "received NOPERM" in str(error):
        return (
            "Let its ACL user give the command that is named, and those that docs/secure.md lists"
        )
    if isinstance(error, RedisError) and "SELECT must be accepted; received ERR" in str(error):
        return "Redis has no such database: 0 is there unless its 'databases' says otherwise"
    if isinstance(error, RedisError) and NO_PASSWORD_THERE in str(error):
        return (
            "Set its requirepass to the password, or send none: leave out DYNINT_REDIS_PASSWORD_FILE, "
            "DYNINT_REDIS_PASSWORD and the password in DYNINT_REDIS_URL"
        )
    if isinstance(error, RedisError):
        return (
            "Set the password: DYNINT_REDIS_PASSWORD_FILE, or redis://USER:PASSWORD@HOST in "
            "DYNINT_REDIS_URL"
        )
    if isinstance(error, PermissionError | FileNotFoundError):
        return "Let the gateway's user read DYNINT_REDIS_PASSWORD_FILE, or the socket's path"
    tls = " If it speaks TLS, begin with rediss://" if address.tls is None else ""
    return f"Is it up, is the address right, does a firewall let it through?{tls}"
