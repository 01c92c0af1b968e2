"""Names of metrics, and docs/metrics.md; the list of them is docs/reference/metrics.md."""

import re
from pathlib import Path

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


def test_every_name_has_the_prefix_and_a_base_unit():
    for family in Metrics().registry.collect():
        assert family.name.startswith(("dynint_", "process_"))
        assert not re.search(r"_(ms|millis|us|kb|mb|percent)(_|$)", family.name)


def test_the_values_of_labels_are_explained():
    for value in (*STAGES, *TIERS, *ABSENCES, *STATES, *REASONS, *VERDICTS, *ACCESS):
        assert f"`{value}`" in PAGE, value
