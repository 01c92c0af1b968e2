import json
import re
from typing import Any

import pytest

from tests.unit.study.made import failed, four_by_two, two_models
from tests.unit.study.page import Page
from training.picture import as_svg
from training.study.report import report
from training.study.results import as_csv, as_markdown, collect
from training.study.series import series_of
from training.study.settings_view import settings_view
from training.study.view import View

SESSION = {
    "started": "2026-01-02T03:04:05+00:00",
    "ended": "2026-01-02T04:04:05+00:00",
    "seconds": 3600.0,
    "runs": 8,
    "dynint": "0.1.0",
    "commit": "0123456789abcdef0123456789abcdef01234567+changes",
    "machine": {"system": "Linux", "processor": "Fast", "cores": 2, "memory_gb": 8.0},
}


class Record:
    """What ``study.json`` holds."""

    def __init__(self, title: str, cases: list[Any]) -> None:
        self.content = {
            "title": title,
            "about": "Table 3 & more.",
            "view": "table",
            "seeds": [1, 2],
            "data": {
                "name": "clicks",
                "digest": "d1" * 32,
                "spec_digest": "5e" * 32,
                "vocabulary_digest": "0c" * 32,
                "rows": {"train": 1000, "valid": 100, "test": 200},
            },
            "cases": {case.label: case.config.to_dict() for case in cases},
            "sessions": [SESSION],
        }


def written(title: str = "Depth") -> tuple[dict[str, Any], View, str]:
    _, cases = two_models()
    results = [*four_by_two(cases)[:7], failed(cases[3], 2)]
    view = settings_view(series_of(cases, results), "table3", as_table=True)
    found = collect(Record(title, cases), cases, results, view)  # type: ignore[arg-type]
    assert view.figure is not None
    files = {"results.csv": as_csv(found["runs"]), "results.json": json.dumps(found)}
    return found, view, report(found, view, as_svg(view.figure), files)


def test_the_page_is_whole_in_itself_and_holds_the_numbers():
    found, view, html = written()
    page = Page(html)
    assert page.files["results.csv"] == as_csv(found["runs"])
    assert json.loads(page.files["results.json"]) == found
    for table in view.tables:
        for row in table.rows:
            for cell in row:
                assert cell.replace("**", "") in page.text
    assert "svg" in page.tags
    assert page.tags.count("table") == len(view.tables) + 1


def test_the_page_says_where_it_is_from():
    _, _, html = written()
    text = Page(html).text
    for part in (
        *("d1" * 32, "5e" * 32, "0c" * 32, "clicks (train 1,000, valid 100, test 200 rows)"),
        *("0123456789ab+changes", "Fast, 2 cores, 8.0 GB, Linux", "2026-01-02T03:04:05+00:00"),
        *("1 h 0 min, of which 14 s in training steps", "python 3.11, dynint 0.1.0", "7 of 8"),
        *("DGP, layers 4, seed 2: it diverged", "kernel_size = 64", "layers = 4", "1, 2"),
    ):
        assert part in text


def test_what_is_written_in_a_study_is_text_and_no_markup():
    _, _, html = written("<script>alert(1)</script> {braces} & co")
    page = Page(html)
    assert "<script>alert(1)</script> {braces} & co" in page.text


def test_the_same_results_give_the_same_svg():
    _, cases = two_models()

    def drawn() -> str:
        figure = settings_view(series_of(cases, four_by_two(cases)), None, as_table=False).figure
        assert figure is not None
        return as_svg(figure)

    first = drawn()
    assert first == drawn()
    assert re.search(r"<svg[^>]* xmlns=", first)  # plot.svg is a document of its own


def test_markdown_has_the_tables_and_what_failed():
    found, view, _ = written()
    text = as_markdown(found, view)
    assert text.startswith("# Depth\n\nTable 3 & more.\n\n- layers: the valid rows choose 4")
    assert "| layers | 0 | 4 |" in text
    assert text.endswith("## Failed\n\n- DGP, layers 4, seed 2: it diverged\n")


def test_csv_has_a_line_for_each_run():
    found, _, _ = written()
    lines = as_csv(found["runs"]).splitlines()
    assert len(lines) == 9
    assert lines[0].startswith("case,model,setting,value,seed,valid_auc,valid_log_loss,test_auc")
    assert lines[1].startswith('"Int, layers 0",Int,model.layers,0,1,0.71,')
    assert lines[-1].endswith("it diverged")


def test_the_checker_refuses_what_asks_the_network():
    for body in (
        '<img src="http://a/b.png">',
        '<a href="//a/b">b</a>',
        "<style>@import 'x';</style>",
        '<p style="background: url(https://a/b)">',
        "<script>1</script>",
    ):
        with pytest.raises(AssertionError):
            Page(body)
