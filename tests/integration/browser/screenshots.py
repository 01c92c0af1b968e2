"""``python -m tests.integration.browser.screenshots ROOT [FOLDER]``: the pictures of docs/page.md.

ROOT is a release root, as ``make demo`` leaves one: ``demo/releases``. The requests are rows of the golden
batch of the live release. FOLDER is docs/images by default.
"""

import argparse
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.integration.browser.visit import Visit, open_browser, visiting
from tests.integration.processes import GatewayProcess, RedisServer

SIZE = {"width": 1280, "height": 800}
LOAD_S = 65.0
CANDIDATES = 18


@contextmanager
def load(url: str, rows: list[dict[str, Any]]) -> Iterator[None]:
    """Send requests of various sizes, some of them wrong, until the end."""
    stop = threading.Event()

    def run() -> None:
        with httpx.Client(base_url=url, timeout=30) as client:
            for turn in range(10**6):
                if stop.wait(0.01 + 0.01 * (turn // 150 % 3)):
                    return
                broken = [{"I1": True}] if turn % 200 == 199 else []
                client.post("/predict", json={"instances": rows[: 1 + turn % 40] + broken})

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def write(body: dict[str, Any]) -> str:
    """Write a request, one line a row."""
    lines = ",\n".join(f"    {json.dumps(row)}" for row in body["candidates"])
    return f'{{\n  "context": {json.dumps(body["context"])},\n  "candidates": [\n{lines}\n  ]\n}}'


def ranking(url: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a ranking request of rows: the first one's context, and their candidates."""
    fields = httpx.get(f"{url}/v1/models").json()["models"][0]["fields"]
    names = {
        side: [field["name"] for field in fields if field["side"] == side]
        for side in ("context", "candidate")
    }
    return {
        "context": {name: rows[0][name] for name in names["context"] if name in rows[0]},
        "candidates": [
            {name: row[name] for name in names["candidate"] if name in row} for row in rows
        ],
    }


def take(visit: Visit, path: Path) -> None:
    """Write the whole page as a picture of at most 256 colours, which is a third of its size."""
    visit.page.evaluate("scrollTo(0, 0)")
    whole = Image.open(io.BytesIO(visit.page.screenshot(full_page=True)))
    whole.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def take_all(root: Path, folder: Path, load_s: float = LOAD_S) -> list[Path]:
    """Take the pictures; returns their paths.

    Args:
        root: release root.
        folder: where they go.
        load_s: how long the gateway works before the first, in seconds.
    """
    pointer = json.loads((root / "dynint" / "current.json").read_bytes())
    golden = json.loads((root / "dynint" / pointer["current"] / "golden.json").read_bytes())
    rows = golden["instances"]
    paths = [folder / "page.png", folder / "page_ranking.png"]
    with (
        RedisServer() as redis,
        GatewayProcess(root, redis_url=redis.url) as gateway,
        sync_playwright() as playwright,
    ):
        browser = open_browser(playwright)
        body = write(ranking(gateway.url, rows[:CANDIDATES]))
        with visiting(browser, gateway.url, viewport=SIZE, color_scheme="light") as visit:
            visit.open()
            visit.page.get_by_label("Begin with").select_option(index=2)
            visit.send()
            with load(gateway.url, rows):
                visit.page.wait_for_timeout(load_s * 1e3)
                take(visit, paths[0])
        with visiting(browser, gateway.url, viewport=SIZE, color_scheme="dark") as visit:
            visit.open()
            with load(gateway.url, rows):
                visit.page.wait_for_timeout(load_s * 1e3)
                visit.send(body)
                take(visit, paths[1])
        browser.close()
    return paths


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"))
    parser.add_argument("--load-s", type=float, default=LOAD_S)
    options = parser.parse_args()
    for path in take_all(options.root, options.folder, options.load_s):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
