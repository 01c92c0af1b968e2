"""Redis' memory and what it does when it is full."""

from collections.abc import Iterator, Mapping

from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, warning
from service.tiers.row_codec import HEADER

_KEY_BYTES = 150
"""About what Redis needs for a key of 40 bytes with a time to live, beside the value."""

_NEARLY_FULL = 0.95
_FIT = frozenset({"allkeys-lfu", "allkeys-lru"})


def check_memory(
    case: Case, name: str, memory: Mapping[str, str], stats: Mapping[str, str]
) -> Iterator[Finding]:
    """Judge the bound, the policy, and how full it is.

    Args:
        case: what is examined.
        name: of the server.
        memory: section ``memory`` of INFO.
        stats: section ``stats`` of INFO.
    """
    most, used = _number(memory, "maxmemory"), _number(memory, "used_memory")
    policy = memory.get("maxmemory_policy", "unknown")
    check = f"redis policy {name}"
    if not most:
        yield warning(
            check,
            f"maxmemory is 0 (no bound), policy {policy}",
            "CONFIG SET maxmemory 1gb and maxmemory-policy allkeys-lfu: without a bound it grows "
            "until the system ends it",
        )
    elif policy in _FIT:
        yield ok(check, f"{policy}, maxmemory {most / 1e6:,.0f} MB")
    elif policy == "noeviction":
        yield failed(
            check,
            f"noeviction, maxmemory {most / 1e6:,.0f} MB: once full it takes no new rows",
            "CONFIG SET maxmemory-policy allkeys-lfu, and the same in its configuration file",
        )
    else:
        yield warning(
            check,
            f"{policy}, maxmemory {most / 1e6:,.0f} MB",
            "CONFIG SET maxmemory-policy allkeys-lfu keeps the rows that are asked for most",
        )
    yield _fullness(case, name, most, used, _number(stats, "evicted_keys"))


def _fullness(case: Case, name: str, most: int, used: int, evicted: int) -> Finding:
    check = f"redis memory {name}"
    figures = {"used_bytes": used, "maxmemory_bytes": most, "evicted_keys": evicted}
    found = f"{used / 1e6:,.1f} MB used, {evicted:,} keys evicted since it started"
    if case.live is not None:
        table = case.live.table
        whole = len(table.fingerprints) * (_KEY_BYTES + HEADER + 4 * table.width)
        figures["whole_table_bytes"] = whole
        found += f"; every row of the live version would be about {whole / 1e6:,.0f} MB"
    if most and used > _NEARLY_FULL * most and evicted:
        do = 'Give it more memory if dynint_tier_misses_total{tier="redis"} is high; else all is well'
        return warning(check, found, do, **figures)
    return ok(check, found, **figures)


def _number(info: Mapping[str, str], name: str) -> int:
    value = info.get(name, "0").strip()
    return int(value) if value.isdecimal() else 0
