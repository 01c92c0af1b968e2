"""A browser, a gateway with Redis, and the page of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.integration.browser.visit import Visit, open_browser, visiting
from tests.integration.conftest import copy_releases
from tests.integration.processes import GatewayProcess, RedisServer


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = open_browser(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def shown_releases(made_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the releases for all of these tests, with version 1 live."""
    return copy_releases(made_releases, tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="package")
def gateway(shown_releases: Path) -> Iterator[GatewayProcess]:
    settings = {"pointer_poll_ms": 20, "unknown_fields": "ignore"}
    with (
        RedisServer() as redis,
        GatewayProcess(shown_releases, redis_url=redis.url, **settings) as running,
    ):
        yield running


@pytest.fixture
def visit(browser: Browser, gateway: GatewayProcess) -> Iterator[Visit]:
    with visiting(browser, gateway.url) as opened:
        opened.open()
        yield opened
