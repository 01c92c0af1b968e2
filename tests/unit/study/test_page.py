"""docs/studies.md says what is shipped, and its example can be run."""

import re
import tomllib
from pathlib import Path

from training.study.plan import SHIPPED, StudyPlan

PAGE = (Path(__file__).parents[3] / "docs" / "studies.md").read_text(encoding="utf-8")


def test_the_page_lists_every_shipped_study_with_its_number_of_runs():
    listed = dict(re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", PAGE, re.MULTILINE))
    plans = {path.stem: StudyPlan.load(Path(path.stem)) for path in SHIPPED.glob("*.toml")}
    assert listed == {
        name: str(len(plan.cases(1000)) * len(plan.base.seeds)) for name, plan in plans.items()
    }


def test_the_pages_example_is_a_study():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    plan = StudyPlan.parse(tomllib.loads(example))
    assert [sweep.name for sweep in plan.sweeps] == ["batch size", "learning rate"]
    assert len(plan.cases(1000)) == 6
