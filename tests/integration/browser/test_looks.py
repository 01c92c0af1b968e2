"""The page for everybody: axe's checks, keys, dark mode, a phone, and /docs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.integration.browser.visit import Visit, visiting
from tests.integration.conftest import copy_releases
from tests.integration.processes import GatewayProcess

pytestmark = pytest.mark.slow

DESKTOP = {"viewport": {"width": 1360, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WRONG = '{"instances": [{"nothing": 1}, {"I1": "x"}]}'


def check(visit: Visit) -> None:
    """Fail on any finding of axe's: WCAG 2 at level AA, and its best practices."""
    findings = Axe().run(visit.page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in findings] == []
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not visit.page.evaluate(too_wide)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESKTOP, PHONE])
def test_axe_finds_nothing(
    browser: Browser, gateway: GatewayProcess, scheme: str, window: dict[str, Any]
):
    with visiting(browser, gateway.url, color_scheme=scheme, **window) as visit:
        visit.open()
        check(visit)
        visit.send()
        visit.page.get_by_role("button", name="Copy as curl").click()
        check(visit)
        visit.refusals = True
        visit.send("[")
        expect(visit.page.locator(".refusal")).to_be_visible()
        check(visit)


def test_dark_is_dark(browser: Browser, gateway: GatewayProcess):
    grounds = []
    for scheme in ("light", "dark"):
        with visiting(browser, gateway.url, color_scheme=scheme) as visit:
            visit.open()
            ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
            grounds.append(sum(map(int, ground[4:-1].split(","))) / 3)
    assert grounds[0] > 200 > 50 > grounds[1]


def test_everything_is_done_by_keys(visit: Visit):
    page = visit.page
    page.locator("body").press("Tab")
    reached = []
    for _ in range(20):
        element = page.evaluate(
            "(({id, textContent, tagName}) => id || (tagName === 'A' ? textContent : tagName))(document.activeElement)"
        )
        if element == "BODY":
            break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", element
        reached.append(element)
        page.keyboard.press("Tab")
    links = ["To the request", "API", "Models", "Health", "Metrics"]
    assert reached == [*links, "example", "body", "key", "send", "copy", "pause"]
    page.get_by_label("Begin with").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("Body of POST /predict").focus()
    page.keyboard.press("Control+Enter")
    visit.wait_for_answer()
    assert len(visit.scores) == 1
    page.get_by_label("Begin with").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.locator("#said")).to_contain_text("10 probabilities")
    page.get_by_label("best first").press("ArrowRight")
    assert [place for place, _ in visit.scores] == list(range(1, 11))


def test_what_happens_is_announced(visit: Visit):
    status = visit.page.get_by_role("status").first
    visit.send()
    expect(status).to_have_text("Answered: 10 probabilities by version 1.")
    visit.refusals = True
    visit.send("[")
    expect(status).to_have_text("Refused with 400.")


def test_docs_ask_nobody_else_and_work(browser: Browser, gateway: GatewayProcess):
    with visiting(browser, gateway.url) as visit:
        visit.open("/docs")
        expect(visit.page.locator("#paths details").first).to_be_visible()
        assert "/predict" in visit.page.locator("#paths").inner_text()
        visit.page.get_by_role("button", name="Send").click()
        expect(visit.page.locator("#answer")).to_contain_text('"probabilities"')
        visit.page.get_by_text("POST", exact=True).first.click()
        expect(visit.page.locator("#paths details[open] table")).to_be_visible()


def test_the_pictures_can_be_taken_again(
    made_releases: Path, tmp_path: Path, browser: Browser
):  # the browser: these tests run where there is one
    del browser
    root = copy_releases(made_releases, tmp_path / "releases")
    script = [sys.executable, "-m", "tests.integration.browser.screenshots"]
    ran = subprocess.run(
        [*script, str(root), str(tmp_path), "--load-s", "2"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    for name in ("page.png", "page_ranking.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width == 1280
            assert picture.height > 800
            assert len(picture.getcolors(256)) > 20
        assert (tmp_path / name).stat().st_size < 200_000
    assert "page_ranking.png" in ran.stdout
