"""The page as somebody uses it who wants scores."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.browser.visit import Visit, visiting
from tests.integration.processes import GatewayProcess, read_reference

pytestmark = pytest.mark.slow


def ranking(visit: Visit, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a ranking request of rows: the first one's context, and their candidates."""
    fields = json.loads(visit.page.request.get(f"{visit.url}/v1/models").text())["models"][0][
        "fields"
    ]
    sides: dict[str, list[str]] = {"context": [], "candidate": []}
    for field in fields:
        sides[field["side"]].append(field["name"])

    def of(row: dict[str, Any], side: str) -> dict[str, Any]:
        return {name: row[name] for name in sides[side] if name in row}

    return {
        "context": of(rows[0], "context"),
        "candidates": [of(row, "candidate") for row in rows],
    }


@pytest.mark.parametrize("choice", range(4))
def test_every_example_is_scored_and_the_bars_are_the_scores(visit: Visit, choice: int):
    visit.page.get_by_label("Begin with").select_option(index=choice)
    visit.send()
    body = json.loads(visit.page.get_by_label("Body of POST /predict").input_value())
    expected = visit.ask(body)
    shown = visit.scores
    assert len(shown) == len(expected) > 0
    assert dict(shown) == pytest.approx(
        {place + 1: score for place, score in enumerate(expected)}, abs=1e-6
    )
    longest = max(visit.widths)
    for (_, score), width in zip(shown, visit.widths, strict=True):
        assert width == pytest.approx(longest * score / max(expected), abs=1.5)


def test_candidates_best_first_or_as_sent(visit: Visit, shown_releases: Path):
    rows, _ = read_reference(shown_releases)
    body = ranking(visit, rows[:15])
    visit.send(json.dumps(body))
    expected = visit.ask(body)
    best_first = sorted(range(15), key=lambda row: (-expected[row], row))
    assert [place for place, _ in visit.scores] == [row + 1 for row in best_first]
    visit.page.get_by_label("as sent").check()
    assert [place for place, _ in visit.scores] == list(range(1, 16))
    assert [score for _, score in visit.scores] == pytest.approx(expected, abs=1e-6)
    assert len(visit.predictions) == 1  # another order is no other question


def test_what_is_told_of_an_answer(visit: Visit, shown_releases: Path):
    rows, _ = read_reference(shown_releases)
    with visit.page.expect_response("**/predict") as asked:
        visit.send(json.dumps({"instances": rows[20:30]}))
    headers = asked.value.headers
    facts = dict(
        visit.page.eval_on_selector_all(
            ".fact",
            "facts => facts.map(({children: [name, value]}) => [name.textContent, value.textContent])",
        )
    )
    assert (facts["Model"], facts["Version"], facts["Rows"]) == ("dynint", "1", "10")
    assert facts["Degraded"] == "no"
    stages = [entry.split(";dur=") for entry in headers["server-timing"].split(", ")]
    shown = visit.page.eval_on_selector_all(
        ".stage",
        "stages => stages.map(stage => [stage.title, stage.getBoundingClientRect().width])",
    )
    assert [title.split()[0] for title, _ in shown] == [name for name, _ in stages[:-1]]
    times = [float(time) for _, time in stages[:-1]]
    widths = [width for _, width in shown]
    for time, width in zip(times, widths, strict=True):
        assert width == pytest.approx(sum(widths) * time / sum(times), abs=6)
    tiers = visit.page.get_by_role("table", name="Tiers").inner_text()
    for entry in headers["x-dynint-explain"].split(", "):
        name, *counts = entry.split(";")
        if name in ("l1", "redis", "table"):
            (line,) = (
                line
                for line in tiers.splitlines()
                if line.lower().replace("the release's ", "").startswith(name)
            )
            assert [count.split("=")[1] for count in counts] == line.split("\t")[1:3]
    assert "redis" in tiers.lower()
    absences = visit.page.get_by_role("table", name="Absences").inner_text()
    assert "Not seen in training" in absences


def test_broken_json_is_refused_readably(visit: Visit):
    visit.refusals = True
    visit.send('{"instances": [{"I1": 3,}]}')
    said = visit.page.locator("#answer").inner_text()
    assert said.startswith("400: The body is not JSON")
    assert "Request " in said
    visit.send('{"instances": [{"I1": 3}]}')
    assert len(visit.scores) == 1


def test_broken_rules_are_named_with_their_places(visit: Visit):
    visit.refusals = True
    visit.send('{"instances": [{"I1": 3}, {"I1": "<img src=x onerror=alert(1)>"}]}')
    said = visit.page.locator("#answer").inner_text()
    assert said.startswith("422: The request breaks the schema")
    cells = visit.page.locator(".refusal tbody td").all_inner_texts()
    assert cells[:2] == ["#/instances/1/I1", "I1"]


def test_values_are_text_and_never_markup(visit: Visit):
    rows = [{"C4": f"<b id=injected{row}>&amp;</b>"} for row in range(3)]
    visit.send(json.dumps({"instances": rows}))
    assert visit.page.locator("[id^=injected]").count() == 0
    assert "<b id=injected1>" in visit.page.locator(".scores").inner_text()


def test_no_answer_is_said(visit: Visit):
    visit.page.route("**/predict", lambda route: route.abort())
    visit.unreached = True
    visit.page.get_by_role("button", name="Send").click()
    visit.wait_for_answer()
    assert "could not be reached" in visit.page.locator("#answer").inner_text()


@pytest.mark.parametrize("key", ["", "a secret"])
def test_the_command_gives_the_same_scores(
    browser: Browser, gateway: GatewayProcess, key: str, monkeypatch: pytest.MonkeyPatch
):
    with visiting(browser, gateway.url, permissions=["clipboard-write"]) as visit:
        visit.open()
        body = {"instances": [{"C4": 'it\'s "level1"\\ $HOME `id` @é'}, {"C4": "level1", "I1": 5}]}
        visit.page.get_by_label("API key").fill(key)
        visit.send(json.dumps(body, ensure_ascii=False, indent=1))
        sent = visit.predictions[-1].headers.get("authorization")
        assert sent == (f"Bearer {key}" if key else None)
        visit.page.get_by_role("button", name="Copy as curl").click()
        command = visit.page.get_by_label("The request as a command").input_value()
        expect(visit.page.locator("#said")).to_have_text("Copied the command.")
        visit.page.get_by_label("Body of POST /predict").press("ControlOrMeta+a")
        visit.page.keyboard.press("ControlOrMeta+v")
        assert visit.page.get_by_label("Body of POST /predict").input_value() == command
        scores = [score for _, score in sorted(visit.scores)]
    assert "a secret" not in command
    monkeypatch.setenv("DYNINT_KEY", key)
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["probabilities"] == pytest.approx(scores, abs=1e-9)
    assert scores == pytest.approx(visit.ask(body), abs=1e-6)


def test_a_large_request_is_a_command_too(visit: Visit, shown_releases: Path):
    rows, _ = read_reference(shown_releases)
    body = json.dumps({"instances": rows * 8})
    assert len(body) > 2**17  # more than one argument may have
    set_value = "(field, text) => { field.value = text }"  # to type so much takes minutes
    visit.page.get_by_label("Body of POST /predict").evaluate(set_value, body)
    visit.send()
    assert len(visit.scores) == 200
    assert "and 1,400 more rows" in visit.page.locator("#answer").inner_text()
    visit.page.get_by_role("button", name="Copy as curl").click()
    command = visit.page.get_by_label("The request as a command").input_value()
    ran = subprocess.run(["sh"], input=command, capture_output=True, text=True, check=True)
    probabilities = json.loads(ran.stdout)["probabilities"]
    assert dict(visit.scores) == pytest.approx(
        {place: probabilities[place - 1] for place, _ in visit.scores}, abs=1e-9
    )


def test_the_key_is_gone_when_the_page_is_loaded_again(visit: Visit):
    visit.page.get_by_label("API key").fill("a secret")
    visit.send()
    assert visit.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]
    visit.open()
    assert visit.page.get_by_label("API key").input_value() == ""
    visit.send()
    assert "authorization" not in visit.predictions[-1].headers
