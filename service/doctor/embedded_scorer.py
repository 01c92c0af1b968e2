"""The scorer in the gateway's own process: the only check that imports TensorFlow."""

import asyncio
import os
import platform
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import numpy as np

from model.bundle import Bundle
from model.errors import DynIntError
from service.deadline import Deadline
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning
from service.doctor.model_servers import round_trip

_CPU = Path("/proc/cpuinfo")
_SHOWN = ("avx", "avx2", "fma", "avx512f", "avx512_vnni", "amx_bf16", "asimd", "sve")
_CALLS = 20
_CALL_MS = 10_000


def check_embedded(case: Case) -> Iterator[Finding]:
    """Look whether TensorFlow can be imported here, and whether it scores as trained."""
    if case.settings.scorer_targets:
        return
    if find_spec("tensorflow") is None:
        yield failed(
            "tensorflow",
            "is not installed",
            "pip install 'dynint[embedded]', or name a model server: DYNINT_SCORER=grpc://HOST:PORT",
        )
        return
    flags = cpu_flags()
    found = (
        f"{platform.machine()}, {', '.join(each for each in _SHOWN if each in flags) or 'plain'}"
    )
    if platform.machine() == "x86_64" and flags and "avx" not in flags:
        yield failed(
            "processor",
            f"{found}: TensorFlow would end with an illegal instruction",
            "Use another machine, or a model server: DYNINT_SCORER=grpc://HOST:PORT",
        )
        return
    if platform.machine() == "x86_64" and flags and "avx2" not in flags:
        yield warning("processor", found, "Scoring is several times slower without AVX2")
    else:
        yield ok("processor", found)
    if case.live is None:
        yield skipped("golden batch", "there is no live version that verifies")
        return
    yield from asyncio.run(_score(case, case.live))


def cpu_flags(cpuinfo: Path = _CPU) -> frozenset[str]:
    """List what the processor can do; empty if nobody says."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return frozenset()
    of_first = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return frozenset(of_first.partition(":")[2].split())


async def _score(case: Case, bundle: Bundle) -> list[Finding]:
    """Load the live version as a gateway does, which scores its golden batch."""
    # Here, as their modules import more than any other check needs.
    from service.main import create_app
    from service.release_loader import ReleaseLoader

    alone = case.settings.model_copy(
        update={"redis_url": None, "tracing_endpoint": None, "api_keys_file": None}
    )
    scorer = create_app(alone).components.scorer
    began = monotonic()
    try:
        try:
            await scorer.start()
        except (ImportError, OSError) as error:
            return [
                failed(
                    "tensorflow",
                    f"cannot be imported: {error}",
                    "pip install --force-reinstall 'dynint[embedded]'",
                )
            ]
        import_s = monotonic() - began
        version = getattr(sys.modules.get("tensorflow"), "__version__", "unknown")
        onednn = "on" if os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0" else "off"
        findings = [
            ok(
                "tensorflow",
                f"{version}, imported in {import_s:.1f} s; oneDNN {onednn} (the gateway's default: off)",
                import_s=round(import_s, 2),
            )
        ]
        loader = ReleaseLoader(alone.model_name, scorer, None, 1000, False)
        try:
            release = await loader.load(bundle.path)
        except DynIntError as error:
            return [
                *findings,
                failed(
                    "golden batch",
                    str(error),
                    f"A gateway would not serve it: dynint verify says more; {case.way_out}",
                ),
            ]
        rows = max(1, len(bundle.golden().instances))
        findings.append(
            ok("golden batch", f"{rows} rows scored as trained, from raw value to logit")
        )
        x0 = np.zeros((rows, bundle.table.fields, bundle.table.width), np.float32)
        times = []
        for _ in range(_CALLS):
            began = monotonic()
            await release.scorer.score(x0, Deadline.after_ms(_CALL_MS))
            times.append((monotonic() - began) * 1e3)
        return [*findings, round_trip("scoring", times, rows, case)]
    finally:
        await scorer.close()
