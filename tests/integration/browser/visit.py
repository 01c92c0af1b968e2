"""A browser, and a page in it that is watched."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WATCH_CSP = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(
  `${event.violatedDirective} ${event.blockedURI}`));
"""
UNREACHED = "Failed to load resource: net::"
REFUSED = "Failed to load resource: the server responded with a status of"


def open_browser(playwright: Playwright) -> Browser:
    """Start the machine's Chromium; skips if there is none."""
    found = os.environ.get("DYNINT_TEST_BROWSER") or next(
        filter(None, map(shutil.which, NAMES)), ""
    )
    if not found:
        pytest.skip("no Chromium: set DYNINT_TEST_BROWSER or run scripts/browser.sh")
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])


class Visit:
    """The page at ``/`` of a gateway, as somebody has opened it.

    Args:
        page: of the browser.
        url: of the gateway.

    Attributes:
        page: of the browser.
        url: of the gateway.
        refusals: whether answers that are no 200 are expected.
        unreached: whether the gateway is cut off at times.
        predictions: the requests to /predict that the page has sent.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.refusals = self.unreached = False
        self.predictions: list[Request] = []
        self._wrong: list[str] = []
        page.add_init_script(WATCH_CSP)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._wrong.append(f"error: {error}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        is_known = (self.refusals and message.text.startswith(REFUSED)) or (
            self.unreached and message.text.startswith(UNREACHED)
        )
        if message.type not in ("log", "info", "debug") and not is_known:
            self._wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self._wrong.append(f"asked elsewhere: {request.url}")
        if urlsplit(request.url).path == "/predict":
            self.predictions.append(request)

    def check(self) -> None:
        """Fail if anything was said on the console, asked of another host or held back by the policy."""
        assert self.page.evaluate("window.violations") == []
        assert self._wrong == []

    def open(self, path: str = "/") -> None:
        """Open a page and wait until there is a request to begin with."""
        self.page.goto(self.url + path)
        expect(self.page.locator("#body")).to_have_value(re.compile('": ?'), timeout=20_000)

    def send(self, body: str | None = None) -> None:
        """Send what is in the form, or this; wait for what comes of it."""
        if body is not None:
            self.page.get_by_label("Body of POST /predict").fill(body)
        self.page.get_by_role("button", name="Send").click()
        self.wait_for_answer()

    def wait_for_answer(self) -> None:
        """Wait until the page has told of an answer."""
        expect(self.page.locator("#said")).to_have_text(
            re.compile("^(Answered|Refused|No answer)"), timeout=20_000
        )

    @property
    def scores(self) -> list[tuple[int, float]]:
        """The rows' numbers and probabilities, from top to bottom."""
        return [
            (int(place), float(probability))
            for place, probability in self.page.eval_on_selector_all(
                ".scores tbody tr",
                "rows => rows.map(row => [row.cells[0].textContent, row.cells[3].dataset.probability])",
            )
        ]

    @property
    def widths(self) -> list[float]:
        """How long the bars are, in pixels, from top to bottom."""
        script = "bars => bars.map(bar => bar.getBoundingClientRect().width)"
        return self.page.eval_on_selector_all(".scores .bar", script)

    def ask(self, body: Any) -> list[float]:
        """Ask the gateway itself."""
        answer = httpx.post(f"{self.url}/predict", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["probabilities"]


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Iterator[Visit]:
    """Open a window of its own, and check in the end that nothing went wrong in it.

    Args:
        browser: in which.
        url: of the gateway.
        **options: of the window: ``viewport``, ``color_scheme``, ``permissions``.
    """
    context = browser.new_context(**options)
    try:
        context.set_default_timeout(20_000)
        visit = Visit(context.new_page(), url)
        yield visit
        visit.check()
    finally:
        context.close()
