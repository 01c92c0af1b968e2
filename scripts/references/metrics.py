"""docs/reference/metrics.md: every metric, from the gateway's registry."""

from collections.abc import Iterable

from prometheus_client.registry import Collector

from scripts.references.markdown import cell, document, table
from service.metrics import Metrics

NAME = "metrics"

_INTRODUCTION = """What `GET /metrics` tells, in Prometheus' text format. Times are in seconds, sizes in bytes,
shares in [0, 1]. `model_version` is the release that answered. [Metrics](../metrics.md) explains labels and how to
read scores and gates. Beside these are the process's own: `process_resident_memory_bytes`,
`process_cpu_seconds_total`, `process_open_fds` and the like."""


def page() -> str:
    """Write the page."""
    ours = sorted(collectors(), key=_name)
    rows = [
        (f"`{_name(each)}`", _family(each).type, _labels(each), cell(_family(each).documentation))
        for each in ours
    ]
    bounds = [
        (f"`{_name(each)}`", ", ".join(f"{bound:g}" for bound in _bounds(each)))
        for each in ours
        if _family(each).type == "histogram"
    ]
    return document(
        "Metrics",
        _INTRODUCTION,
        table(("metric", "type", "labels", "what it counts"), rows),
        "## Upper bounds of the histograms' buckets",
        table(("metric", "bounds"), bounds),
    )


def collectors() -> Iterable[Collector]:
    """List what the gateway registers of its own."""
    registered = dict.fromkeys(Metrics().registry._names_to_collectors.values())
    return [each for each in registered if hasattr(each, "describe")]


def _family(collector: Collector):
    (family,) = collector.describe()
    return family


def _name(collector: Collector) -> str:
    family = _family(collector)
    return f"{family.name}_total" if family.type == "counter" else family.name


def _labels(collector: Collector) -> str:
    names = getattr(collector, "_labelnames", None) or getattr(collector, "_labels", ())
    return ", ".join(f"`{label}`" for label in sorted(names))


def _bounds(collector: Collector) -> list[float]:
    found = getattr(collector, "_upper_bounds", None) or getattr(collector, "_bounds", ())
    return [float(bound) for bound in found if bound != float("inf")]
