"""Alerts: each has a place in the runbook, and tests in which it fires and is silent."""

import re
from typing import Any

import pytest
import yaml

from tests.unit.deploy.promql import PROMETHEUS, ROOT, asked, rules

ALERTS = {rule["alert"]: rule for rule in rules("alerts.yml")}
RECORDED = {rule["record"]: rule for rule in rules("recording.yml")}


def anchors(page: str) -> set[str]:
    """List the anchors of a page's headings, as they are made of them when the page is shown."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_and_where_to_read_on(name: str):
    rule = ALERTS[name]
    assert name.startswith("DynInt")
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == name.lower()
    assert anchor in anchors(page)


def test_the_runbook_has_no_place_for_alerts_that_are_gone():
    headings = re.findall(r"^## (DynInt\w+)", (ROOT / "docs" / "runbook.md").read_text(), re.M)
    assert sorted(headings) == sorted(ALERTS)


def cases_of_alerts() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted((PROMETHEUS / "tests").glob("*.yml")):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test["alert_rule_test"]:
                found.setdefault(case["alertname"], []).append(case)
    return found


def test_each_alert_is_tested_firing_and_silent():
    tested = cases_of_alerts()
    assert tested.keys() == ALERTS.keys()
    for name, cases in tested.items():
        assert any(case.get("exp_alerts") for case in cases), name
        assert any(not case.get("exp_alerts") for case in cases), name


def test_what_is_recorded_is_named_once_and_asked_for_where_it_is_there():
    names = [rule["record"] for rule in rules("recording.yml")]
    assert len(names) == len(set(names))
    for name, rule in ALERTS.items():
        for metric, _ in asked(rule["expr"]).selectors:
            if metric.startswith("dynint:"):
                assert metric in RECORDED, name


def test_a_selector_is_read_with_its_labels():
    found = asked(
        'sum by (le, tier) (rate(a_total{x="1,}", y=~"b.*"}[5m] offset 1h)) / on (job) :c:d{z!="$v"} > 2e3'
    )
    assert found.selectors == [("a_total", frozenset("xy")), (":c:d", frozenset("z"))]
    assert found.grouped == {"le", "tier", "job"}


def test_links_of_the_runbook_lead_somewhere():
    page = (ROOT / "docs" / "runbook.md").read_text()
    for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", page):
        assert anchor in anchors(f"docs/{target or 'runbook.md'}"), (target, anchor)
