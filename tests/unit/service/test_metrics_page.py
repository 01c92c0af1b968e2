"""docs/metrics.md says what the gateway counts, and nothing else."""

import re
from pathlib import Path

from prometheus_client.registry import Collector

from service.access.metrics import LOADS, OUTCOMES
from service.access.metrics import REASONS as NO_CALLER
from service.canary.failures import REASONS
from service.canary.judge import VERDICTS
from service.canary.metrics import STATES
from service.metrics import Metrics
from service.stage_clock import STAGES
from service.version_metrics import ABSENCES, TIERS

ACCESS = (*OUTCOMES, *NO_CALLER, *LOADS)
PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()


def row(collector: Collector) -> str:
    """Write a metric's row of the table."""
    (family,) = collector.describe()
    labels = getattr(collector, "_labelnames", None) or getattr(collector, "_labels", ())
    name = f"{family.name}_total" if family.type == "counter" else family.name
    named = ", ".join(f"`{label}`" for label in sorted(labels))
    return f"| `{name}` | {family.type} | {named} | {family.documentation} |"


def test_the_table_is_what_is_registered():
    registered = dict.fromkeys(Metrics().registry._names_to_collectors.values())
    ours = [each for each in registered if hasattr(each, "describe")]
    expected = sorted(row(each) for each in ours)
    there = sorted(re.findall(r"^\| `dynint_.*$", PAGE, re.MULTILINE))
    assert there == expected, "docs/metrics.md must have these rows:\n" + "\n".join(expected)


def test_every_name_has_the_prefix_and_a_base_unit():
    for family in Metrics().registry.collect():
        assert family.name.startswith(("dynint_", "process_"))
        assert not re.search(r"_(ms|millis|us|kb|mb|percent)(_|$)", family.name)


def test_the_values_of_labels_are_explained():
    for value in (*STAGES, *TIERS, *ABSENCES, *STATES, *REASONS, *VERDICTS, *ACCESS):
        assert f"`{value}`" in PAGE, value
