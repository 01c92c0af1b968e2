"""Which release answers, while releases come and go."""

import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.processes import local_gateway, read_reference, wait_until

MakeLive = Callable[[Path, str, str], None]


def settings_of(root: Path, **values: object) -> Settings:
    return Settings(release_root=root, model_name="sums", pointer_poll_ms=20, **values)


def test_without_a_pointer_it_is_alive_and_says_what_to_do(releases: Path, make_live: MakeLive):
    (releases / "sums" / "current.json").unlink()
    with local_gateway(settings_of(releases), SumScorer(), ready=False) as gateway:
        wait_until(lambda: "promote" in gateway.client.get("/readyz").text)
        assert gateway.client.get("/livez").status_code == 200
        assert gateway.client.get("/v1/models").json()["models"][0]["version"] is None
        for response in (
            gateway.client.get("/readyz"),
            gateway.client.post("/predict", json={"instances": [{}]}),
        ):
            assert response.status_code == 503
            assert "dynint promote" in response.json()["detail"]
            assert response.headers["retry-after"] == "1"
        make_live(releases, "sums", "1")
        wait_until(gateway.is_ready)
        assert gateway.predict([{}])["version"] == "1"


def test_an_empty_root_is_the_same(tmp_path: Path):
    with local_gateway(settings_of(tmp_path / "none"), SumScorer(), ready=False) as gateway:
        wait_until(lambda: "promote" in gateway.client.get("/readyz").text)
        assert gateway.client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    "file", ["feature_spec.json", "embeddings/rows.npy", "manifest.json", "saved_model.pb"]
)
def test_a_flipped_bit_keeps_the_old_version(releases: Path, make_live: MakeLive, file: str):
    path = releases / "sums" / "2" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with local_gateway(settings_of(releases), SumScorer()) as gateway:
        make_live(releases, "sums", "2")
        wait_until(lambda: gateway.metric("dynint_release_loads_total", outcome="failed") >= 1)
        assert gateway.predict([{}])["version"] == "1"
        assert gateway.is_ready()
        assert gateway.client.get("/healthz").json()["problem"]
        assert gateway.metric("dynint_release_not_live") == 1
        make_live(releases, "sums", "1")
        wait_until(lambda: gateway.metric("dynint_release_not_live") == 0)


@pytest.mark.parametrize("file", ["embeddings/rows.npy", "manifest.json", "saved_model.pb"])
def test_17_a_truncated_version_keeps_the_old_one(releases: Path, make_live: MakeLive, file: str):
    path = releases / "sums" / "2" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with local_gateway(settings_of(releases), SumScorer()) as gateway:
        make_live(releases, "sums", "2")
        wait_until(lambda: gateway.metric("dynint_release_loads_total", outcome="failed") >= 1)
        assert gateway.predict([{}])["version"] == "1"
        assert gateway.is_ready()


def test_a_pointer_that_cannot_be_read_keeps_what_is_live(releases: Path):
    with local_gateway(settings_of(releases), SumScorer()) as gateway:
        (releases / "sums" / "current.json").write_text('{"bad')
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])
        problem = gateway.client.get("/healthz").json()["problem"]
        assert problem == "current.json cannot be read; the log says why"
        assert gateway.predict([{}])["version"] == "1"
        assert gateway.is_ready()


def test_a_bundle_whose_scores_are_not_its_golden_ones_never_goes_live(releases: Path):
    class Wrong(SumScorer):
        """Gives every logit an offset."""

        async def open(self, bundle: object) -> object:
            version = await super().open(bundle)

            class Offset(type(version)):
                async def logits(self, x0: np.ndarray, deadline: object) -> np.ndarray:
                    return x0.sum(axis=(1, 2)) + 0.01

            return Offset()

    with local_gateway(settings_of(releases), Wrong(), ready=False) as gateway:
        wait_until(lambda: gateway.metric("dynint_release_loads_total", outcome="failed") >= 1)
        assert gateway.client.get("/readyz").status_code == 503


def test_a_rebuilt_root_with_the_same_number_is_noticed(releases: Path, make_live: MakeLive):
    rows, probabilities = read_reference(releases)
    with local_gateway(settings_of(releases), SumScorer()) as gateway:
        digest = gateway.app.components.releases.take().digest
        shutil.rmtree(releases / "sums" / "1")
        shutil.copytree(releases / "sums" / "2", releases / "sums" / "1")
        make_live(releases, "sums", "1")
        wait_until(lambda: gateway.app.components.releases.take().digest != digest)
        scores = gateway.predict(rows)["probabilities"]
        np.testing.assert_allclose(scores, probabilities["sums"]["2"], atol=1e-6)


def test_a_flip_under_load_loses_and_mixes_nothing(releases: Path, make_live: MakeLive):
    rows, probabilities = read_reference(releases)
    expected = {version: np.array(scores) for version, scores in probabilities["sums"].items()}
    assert (abs(expected["1"] - expected["2"]) > 1e-4).mean() > 0.95
    seen: Counter[str] = Counter()
    errors: list[str] = []
    stop = threading.Event()

    def load(url: str) -> None:
        with httpx.Client(base_url=url, timeout=30) as client:
            while not stop.is_set():
                response = client.post("/predict", json={"instances": rows})
                if response.status_code != 200:
                    errors.append(response.text)
                    return
                answer = response.json()
                difference = abs(expected[answer["version"]] - answer["probabilities"]).max()
                if difference > 1e-6:
                    errors.append(f"version {answer['version']} is off by {difference}")
                seen[answer["version"]] += 1

    warm: dict[str, int] = {}
    with local_gateway(settings_of(releases), SumScorer()) as gateway:
        gateway.predict(rows)
        held = gateway.client.get("/healthz").json()["l1_rows"]
        gateway.app.components.releases.on_live.append(
            lambda release: warm.setdefault(release.version, len(release.tiers.l1))
        )
        threads = [threading.Thread(target=load, args=[gateway.url]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for version in ("2", "1", "2", "1"):
            before = seen[version]
            make_live(releases, "sums", version)
            wait_until(lambda version=version, before=before: errors or seen[version] > before + 5)
        stop.set()
        for thread in threads:
            thread.join(30)
        # From its first request on, the new release had every row where the old one had it.
        assert gateway.metric("dynint_tier_hits_total", tier="l1", model_version="2") > 0
        assert gateway.metric("dynint_tier_misses_total", tier="l1", model_version="2") == 0
    assert not errors
    assert min(seen["1"], seen["2"]) > 10
    assert held > 300
    assert min(warm["1"], warm["2"]) >= held


def test_without_time_for_it_a_new_release_starts_cold(releases: Path, make_live: MakeLive):
    rows, _ = read_reference(releases)
    with local_gateway(settings_of(releases, l1_inherit_ms=0), SumScorer()) as gateway:
        gateway.predict(rows)
        make_live(releases, "sums", "2")
        wait_until(lambda: gateway.predict([{}])["version"] == "2")
        gateway.predict(rows)
        assert gateway.metric("dynint_tier_misses_total", tier="l1", model_version="2") > 300


def test_fields_of_the_previous_version_stay_known(releases: Path, make_live: MakeLive):
    spec = releases / "sums" / "2" / "feature_spec.json"
    spec.write_text(spec.read_text().replace('"I1"', '"older"'))
    make_live(releases, "sums", "1")
    with local_gateway(settings_of(releases), SumScorer()) as gateway:
        assert gateway.predict([{"older": "whatever"}])["version"] == "1"
        refused = gateway.client.post("/predict", json={"instances": [{"newest": 1}]})
        assert refused.status_code == 422


def test_36_unknown_fields_are_ignored_and_counted_by_setting(releases: Path):
    with local_gateway(settings_of(releases, unknown_fields="ignore"), SumScorer()) as gateway:
        plain = gateway.predict([{"C4": "level1"}])["probabilities"]
        assert gateway.predict([{"C4": "level1", "newest": []}])["probabilities"] == plain
        assert gateway.metric("dynint_unknown_fields_total") == 1
