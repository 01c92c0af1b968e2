"""``python -m scripts.dashboards [--check]``: write deploy/grafana/dashboards, or say what is stale."""

import json
import sys
from pathlib import Path

from scripts.dashboards.panels import Dashboard
from scripts.dashboards.release import RELEASE
from scripts.dashboards.service import SERVICE
from scripts.dashboards.training import TRAINING

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"
DASHBOARDS = (SERVICE, RELEASE, TRAINING)


def text(dashboard: Dashboard) -> str:
    """Write a dashboard's file."""
    return json.dumps(dashboard.json(), indent=1) + "\n"


def stale() -> list[Path]:
    """List files that are not what would be written now, and files of dashboards that are gone."""
    wanted = {FOLDER / f"{each.uid}.json": text(each) for each in DASHBOARDS}
    there = {path: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(
        path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path)
    )


def main() -> int:
    """Write or check."""
    found = stale()
    if "--check" in sys.argv[1:]:
        print("\n".join(f"{path}: stale; run python -m scripts.dashboards" for path in found))
        return 1 if found else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in found:
        path.unlink(missing_ok=True)
    for each in DASHBOARDS:
        (FOLDER / f"{each.uid}.json").write_text(text(each))
        print(f"wrote {FOLDER / each.uid}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
