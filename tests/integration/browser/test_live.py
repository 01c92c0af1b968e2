"""What the page shows of a gateway that is at work, and of what it cannot see."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from model.bundle import Canary, Pointer, write_pointer
from tests.integration.browser.visit import Visit, visiting
from tests.integration.processes import GatewayProcess, read_reference, wait_until

pytestmark = pytest.mark.slow
FIGURE = re.compile(r"[1-9]")


@pytest.fixture
def load(gateway: GatewayProcess, shown_releases: Path) -> Iterator[Callable[[bytes | None], None]]:
    """Keep sending a body, until the end of the test; ``None`` sends ten rows."""
    rows, _ = read_reference(shown_releases)
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def run(body: bytes | None) -> None:
        with httpx.Client(base_url=gateway.url, timeout=30) as client:
            while not stop.wait(0.02):
                if body is None:
                    client.post("/predict", json={"instances": rows[:10]})
                else:
                    headers = {"content-type": "application/json"}
                    client.post("/predict", content=body, headers=headers)

    def start(body: bytes | None) -> None:
        threads.append(threading.Thread(target=run, args=[body]))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(30)


def figure(page: Page, name: str) -> float:
    """Read a plot's newest value; percentiles in milliseconds, the others per second."""
    text = page.locator(f"[data-figure='{name}']").inner_text()
    return float(text.split(" ")[0].split("/")[0].replace(",", ""))


def test_the_plots_move_under_load(visit: Visit, load: Callable[[bytes | None], None]):
    for name in ("Requests", "Rows", "Errors"):
        expect(visit.page.locator(f"[data-figure='{name}']")).to_have_text("0/s", timeout=20_000)
    load(None)
    for name in ("Requests", "Rows", "Latency p50", "Latency p99"):
        expect(visit.page.locator(f"[data-figure='{name}']")).to_have_text(FIGURE, timeout=20_000)
    # The same, reckoned here of two readings of the gateway's own counters.
    page = visit.page
    wait_until(
        lambda: (
            page.wait_for_timeout(100) is None
            and page.locator(".plot").nth(1).locator("polyline").count() > 0
            and len(
                page.locator(".plot")
                .nth(1)
                .locator("polyline")
                .first.get_attribute("points")
                .split()
            )
            > 3
        )
    )
    assert figure(page, "Rows") == pytest.approx(10 * figure(page, "Requests"), rel=0.1)
    p50, p95, p99 = (figure(page, f"Latency {name}") for name in ("p50", "p95", "p99"))
    assert 0 < p50 <= p95 <= p99
    assert figure(page, "Errors") == 0
    load(b"{")
    expect(page.locator("[data-figure='Errors']")).to_have_text(FIGURE, timeout=20_000)
    assert figure(page, "Requests") > figure(page, "Errors") > 0


def test_a_pause_holds_them(visit: Visit, load: Callable[[bytes | None], None]):
    load(None)
    expect(visit.page.locator("[data-figure='Requests']")).to_have_text(FIGURE, timeout=20_000)
    visit.page.get_by_role("button", name="Pause").click()
    visit.page.wait_for_timeout(500)  # what was asked before it
    asked = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.wait_for_timeout(3500)
    assert asked == []
    visit.page.get_by_role("button", name="Go on").click()
    visit.page.wait_for_timeout(2500)
    assert any(url.endswith("/metrics") for url in asked)


def test_versions_are_those_of_the_pointer(visit: Visit, shown_releases: Path):
    versions = visit.page.get_by_label("Versions")
    expect(versions).to_have_text("live version 1")
    try:
        write_pointer(shown_releases / "dynint", Pointer("1", "2", Canary("2", 0.25)))
        expect(versions).to_have_text(
            re.compile(r"live version 1previous 2canary 2, 25%, (loading|trial)"), timeout=30_000
        )
        write_pointer(shown_releases / "dynint", Pointer("2", "1"))
        expect(versions).to_have_text("live version 2previous 1", timeout=30_000)
        visit.send()
        assert "by version 2" in visit.page.locator("#said").inner_text()
    finally:
        write_pointer(shown_releases / "dynint", Pointer("1"))
    expect(versions).to_have_text("live version 1", timeout=30_000)


@pytest.mark.parametrize("also", [[], ["v1/models"]])
def test_metrics_on_another_port_are_said_to_be_so(
    browser: Browser, gateway: GatewayProcess, also: list[str]
):
    """As behind an admin port: the paths are answered as any that are not there."""

    def elsewhere(route: Route) -> None:
        route.fulfill(response=route.fetch(url=f"{gateway.url}/not-here"))

    with visiting(browser, gateway.url) as visit:
        visit.refusals = True
        for path in ("metrics", "docs", "healthz", *also):
            visit.page.route(f"**/{path}", elsewhere)
        visit.page.goto(gateway.url)
        expect(visit.page.locator("#elsewhere")).to_contain_text("Metrics are not on this port")
        expect(visit.page.locator("#plots")).to_be_hidden()
        for name in ("API", "Health", "Metrics"):
            expect(visit.page.get_by_role("link", name=name, exact=True)).to_be_hidden()
        visit.send('{"instances": [{"C4": "level1"}, {}]}')
        assert len(visit.scores) == 2


def test_a_gateway_that_has_ended_is_said_to_have_ended(browser: Browser, shown_releases: Path):
    with (
        GatewayProcess(shown_releases, drain_ms=0) as gateway,
        visiting(browser, gateway.url) as visit,
    ):
        visit.open()
        visit.unreached = True
        gateway.__exit__()
        expect(visit.page.locator("#elsewhere")).to_contain_text("does not answer", timeout=30_000)
        visit.page.get_by_role("button", name="Send").click()
        visit.wait_for_answer()
        assert "could not be reached" in visit.page.locator("#answer").inner_text()
