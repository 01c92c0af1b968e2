"""GET /: the page's files, and the header that it asks for. A browser drives it in tests/integration/browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from service.routes.page import PARTS
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import LocalGateway, local_gateway, read_reference

FOLDER = Path(service.__file__).parent / "static"
ASKING = {"x-dynint-explain": "1"}


@pytest.fixture(scope="module")
def gateway(module_releases: Path) -> Iterator[LocalGateway]:
    settings = Settings(release_root=module_releases, model_name="sums", unknown_fields="ignore")
    with local_gateway(settings, SumScorer()) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/docs", "/page/main.js", "/page/page.css", "/docs/docs.js"])
def test_nothing_may_come_from_elsewhere_and_nothing_run_inline(gateway: LocalGateway, path: str):
    answer = gateway.client.get(path)
    assert answer.status_code == 200
    rules = dict(
        rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";")
    )
    assert rules.pop("default-src") == "'none'"
    assert set(rules.values()) == {"'self'", "'none'"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("wish", ["bytes=abc", "bytes=5-2", "bytes=999999-", "bytes=0-3"])
def test_a_range_is_not_heeded(gateway: LocalGateway, wish: str):
    answer = gateway.client.get("/page/main.js", headers={"range": wish})
    assert answer.status_code == 200
    assert answer.content == (FOLDER / "page" / "main.js").read_bytes()


def test_every_part_is_served_as_what_it_is(gateway: LocalGateway):
    there = {path.name for path in (FOLDER / "page").iterdir()} - {"index.html"}
    assert there == PARTS
    types = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for name in PARTS:
        answer = gateway.client.get(f"/page/{name}")
        assert answer.content == (FOLDER / "page" / name).read_bytes()
        assert types[Path(name).suffix] in answer.headers["content-type"]


def test_what_the_files_name_is_there(gateway: LocalGateway):
    page = gateway.client.get("/").text
    for name in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert not name.startswith("/")  # the page may stand behind a prefix
        assert gateway.client.get(f"/{name}").status_code == 200
    for path in (FOLDER / "page").glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', path.read_text()):
            assert name in PARTS, path


@pytest.mark.parametrize(
    "name", ["index.html", "nothing.js", "..%2Fdocs.html", "%2E%2E/docs.html", "page.css/"]
)
def test_other_names_are_404(gateway: LocalGateway, name: str):
    answer = gateway.client.get(f"/page/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_is_small_and_names_no_host():
    files = list((FOLDER / "page").iterdir())
    assert sum(path.stat().st_size for path in files) < 60_000
    for path in [*files, *FOLDER.glob("docs.*")]:
        hosts = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text()))
        assert hosts <= {"http://www.w3.org"}, path  # the name of SVG, which nobody fetches


def test_the_explanation_is_what_the_metrics_count(gateway: LocalGateway, module_releases: Path):
    rows, _ = read_reference(module_releases)

    def counted(metric: str, **labels: str) -> float:
        return gateway.metric(f"dynint_{metric}_total", model_version="1", **labels)

    def counts() -> dict[str, float]:
        tiers = {
            f"{tier} {kind}": counted(f"tier_{kind}", tier=tier)
            for tier in ("l1", "table")
            for kind in ("hits", "misses")
        }
        kinds = ("pruned", "unseen", "unavailable")
        return tiers | {kind: counted("absences", kind=kind) for kind in kinds}

    before = counts()
    body = {"instances": rows[:40]}
    answer = gateway.client.post("/predict", json=body, headers=ASKING)
    told = re.findall(
        r"(\w+);(?:hits=(\d+);misses=(\d+)|count=(\d+))", answer.headers["x-dynint-explain"]
    )
    said: dict[str, float] = {}
    for name, hits, misses, count in told:
        if count:
            said[name] = float(count)
        else:
            said |= {f"{name} hits": float(hits), f"{name} misses": float(misses)}
    grown = {name: value - before[name] for name, value in counts().items()}
    assert said == grown
    assert said["l1 misses"] > 0
    assert said["pruned"] > 0
    assert said["unseen"] > 0


@pytest.mark.parametrize("headers", [{}, {"x-dynint-explain": "0"}, {"x-dynint-explain": ""}])
def test_who_does_not_ask_is_not_told(gateway: LocalGateway, headers: dict[str, str]):
    answer = gateway.client.post("/predict", json={"instances": [{}]}, headers=headers)
    assert answer.status_code == 200
    assert "x-dynint-explain" not in answer.headers
