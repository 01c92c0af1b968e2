"""Dashboards: as they are written, and readable for people."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.promql import DASHBOARDS, ROOT, asked, rules, texts

FILES = sorted(DASHBOARDS.glob("*.json"))
TF_SERVING = Path(__file__).parent / "tf_serving_metrics.txt"


def check(folder: Path) -> int:
    command = [sys.executable, "-m", "scripts.dashboards", "--check"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_the_files_are_what_the_code_writes():
    assert check(ROOT) == 0
    assert [path.stem for path in FILES] == ["dynint-release", "dynint-service", "dynint-training"]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_each_panel_says_what_it_shows_in_which_unit(file: Path):
    dashboard = json.loads(file.read_text())
    assert dashboard["schemaVersion"] >= 39
    assert dashboard["uid"] == file.stem
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_panels_do_not_lie_on_each_other(file: Path):
    taken: set[tuple[int, int]] = set()
    ids = set()
    for panel in json.loads(file.read_text())["panels"]:
        grid: dict[str, Any] = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["id"] not in ids
        ids.add(panel["id"])


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_what_is_put_in_is_a_variable_of_the_dashboard(file: Path):
    dashboard = json.loads(file.read_text())
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    content = json.dumps(dashboard["panels"])
    used = {
        name for name in ("datasource", "version", "instance", "model") if f"${name}" in content
    }
    used |= {"datasource"} if "${datasource}" in content else set()
    assert used == names


def test_recorded_metrics_are_recorded():
    recorded = {rule["record"] for rule in rules("recording.yml")}
    for text in texts():
        for name, _ in asked(text).selectors:
            assert not name.startswith("dynint:") or name in recorded


def test_of_tf_serving_only_what_it_exports_is_asked():
    lines = [line for line in TF_SERVING.read_text().splitlines() if not line.startswith("#")]
    exported = {name: set(labels) for name, *labels in map(str.split, lines)}
    found = 0
    for text in texts():
        for name, labels in asked(text).selectors:
            if name.startswith(":tensorflow:"):
                found += 1
                assert labels <= exported[name], text
    assert found


def test_grafana_is_given_the_source_and_the_folder():
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    (provider,) = yaml.safe_load((folder / "dashboards" / "dynint.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/dashboards"
