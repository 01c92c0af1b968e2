"""What the system allows: open files, processors, memory, the port, a place for temporary files."""

import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

from service.cpus import usable_cpus
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning

_FILES = 128
"""Files of a gateway at rest, with those of a second release while it is loaded."""

_CONNECTIONS = 4
"""Connections are kept alive: so many for each request that may be under way."""

_BASE_BYTES = {False: 900 * 2**20, True: 150 * 2**20}
"""A gateway at rest with TensorFlow, and without (docs/performance.md)."""

_SLOT_BYTES = 236
"""Of an L1 row beside its floats: keys, values and their places."""

_MEMORY = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_MEMINFO = Path("/proc/meminfo")
_ASSUMED_WIDTH = 16


def check_files(case: Case) -> Iterator[Finding]:
    """Compare the limit of open files with what connections may need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings = case.settings
    redis = settings.redis_max_connections if settings.redis_url is not None else 0
    least = settings.max_concurrent_requests + redis + len(settings.scorer_targets) + _FILES
    good = least + (_CONNECTIONS - 1) * settings.max_concurrent_requests
    # What the system calls unlimited is a number below zero here.
    allowed = soft if soft >= 0 else good
    found = f"{soft} (at most {hard}); {least} needed, {good} with idle connections"
    do = f"ulimit -n {max(good, 65_536)}, LimitNOFILE= in systemd, or --ulimit nofile= in Docker"
    if allowed < least:
        yield failed("open files", found, do, limit=soft, needed=least)
    elif allowed < good:
        yield warning("open files", found, do, limit=soft, needed=least)
    else:
        yield ok("open files", found, limit=soft, needed=least)


def check_cpus(case: Case) -> Iterator[Finding]:
    """Compare the processors that may be used with the scoring threads."""
    cpus, settings = usable_cpus(), case.settings
    if settings.scorer_targets:
        yield ok("processors", f"{cpus} may be used; the model servers score", cpus=cpus)
        return
    threads = settings.scorer_workers * settings.scorer_threads
    found = f"{cpus} may be used (affinity and cgroup quota); {threads} scoring threads"
    if threads > cpus:
        yield warning(
            "processors",
            found,
            f"Set DYNINT_SCORER_WORKERS={min(4, cpus)} and DYNINT_SCORER_THREADS=1: more threads "
            "than processors make each request later",
            cpus=cpus,
            threads=threads,
        )
    else:
        yield ok("processors", found, cpus=cpus, threads=threads)


def check_memory(case: Case) -> Iterator[Finding]:
    """Compare the memory that may be used with what the settings can make the gateway hold."""
    limit, whose = memory_limit()
    if limit is None:
        yield skipped("memory", "the system does not say how much there is")
        return
    settings, live = case.settings, case.live
    width = live.table.width if live else _ASSUMED_WIDTH
    releases = 2 + settings.keep_previous  # a flip holds the old one and the new one
    l1 = releases * settings.l1_rows * (4 * width + _SLOT_BYTES)
    base = _BASE_BYTES[bool(settings.scorer_targets)]
    need = base + l1 + settings.max_body_bytes_in_flight
    table = _table_bytes(case)
    figures = {"limit_bytes": limit, "needed_bytes": need, "table_bytes": table}
    found = (
        f"{limit / 1e9:.2f} GB ({whose}); {need / 1e9:.2f} GB may be held (L1 {l1 / 1e6:,.0f} MB, "
        f"bodies {settings.max_body_bytes_in_flight / 1e6:,.0f} MB), the mapped table is "
        f"{table / 1e6:,.0f} MB"
    )
    if need > limit:
        yield failed(
            "memory",
            found,
            "Give it more memory, or lower DYNINT_L1_ROWS, DYNINT_MAX_BODY_BYTES_IN_FLIGHT, or set "
            "DYNINT_KEEP_PREVIOUS=false",
            **figures,
        )
    elif need + table > limit:
        yield warning(
            "memory",
            found,
            "Rows will be read from the disk: more memory, or a DYNINT_TABLE_PRELOAD_MB that fits",
            **figures,
        )
    else:
        yield ok("memory", found, **figures)


def memory_limit() -> tuple[int | None, str]:
    """Find how many bytes this process may use, and who says so."""
    found: list[tuple[int, str]] = []
    for path in _MEMORY:
        try:
            found.append((int(path.read_text()), "cgroup"))
        except (OSError, ValueError):  # none, or "max"
            continue
    try:
        lines = _MEMINFO.read_text().splitlines()
        total = next(line for line in lines if line.startswith("MemTotal:"))
        found.append((int(total.split()[1]) * 1024, "machine"))
    except (OSError, StopIteration):
        pass
    return min(found, default=(None, ""))


def _table_bytes(case: Case) -> int:
    if case.live is None:
        return 0
    return sum(
        digest.size
        for name, digest in case.live.manifest.files.items()
        if name.startswith("embeddings/")
    )


def check_temporary(case: Case, folder: str | None = None) -> Iterator[Finding]:
    """Write a temporary file, where Python writes them or in ``folder``."""
    try:
        folder = folder or tempfile.gettempdir()
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"doctor")
            file.flush()
    except OSError as error:
        yield failed(
            "temporary files",
            f"cannot be written: {error.strerror or error}",
            "Mount a tmpfs at /tmp (docker run --tmpfs /tmp), or set TMPDIR",
        )
        return
    yield ok("temporary files", f"{folder} takes them")
