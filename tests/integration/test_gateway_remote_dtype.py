"""float16 on the wire, and ``rank``, by the gateway's scorer and a real model server."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.bundle import Bundle
from model.errors import BundleError
from model.features import Encoder
from model.wire import HALF_ERROR
from service.deadline import Deadline
from service.errors import ScorerRefusedError
from service.scorers.remote import RemoteScorer
from service.scorers.remote_signatures import Dtype, RemoteSignatures
from service.scorers.remote_version import RemoteVersion
from service.settings import Settings
from tests.integration.processes import ModelServer, local_gateway, read_reference
from tests.integration.scripted_server import Scripted


@pytest.fixture(scope="module")
def model_server(module_releases: Path) -> Iterator[ModelServer]:
    with ModelServer(module_releases) as running:
        yield running


def embed(bundle: Bundle, rows: list[dict[str, object]]) -> np.ndarray:
    marks = Encoder(bundle.spec).fingerprint_rows(rows)
    places = np.broadcast_to(np.arange(marks.shape[1]), marks.shape).ravel()
    return bundle.table.lookup(marks.ravel(), places)[0].reshape(*marks.shape, -1)


def with_version(bundle: Bundle, target: str, dtype: Dtype, use):
    """Open a bundle's version and use it, in an event loop of its own."""

    async def run():
        scorer = RemoteScorer((target,), "dynint", dtype)
        await scorer.start()
        try:
            return await use(await scorer.open(bundle))
        finally:
            await scorer.close()

    return asyncio.run(run())


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float16", 1e-3)])
def test_rank_scores_candidates_in_their_context(module_releases, model_server, dtype, tolerance):
    rows, _ = read_reference(module_releases)
    bundle = Bundle.open(module_releases / "dynint" / "1")
    x0 = embed(bundle, rows[:30])
    context, candidates = (list(bundle.spec.positions(side)) for side in ("context", "candidate"))
    x0[:, context] = x0[:1, context]

    async def both(version: RemoteVersion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        deadline = Deadline.after_ms(20_000)
        sides = x0[:1, context], x0[:, candidates]
        return (
            await version.rank(*sides, deadline),
            await version.score(x0, deadline),
            await version.logits(x0, deadline),
        )

    ranked, scored, logits = with_version(bundle, model_server.target, dtype, both)
    assert ranked.dtype == scored.dtype == np.float32
    exact = 1 / (1 + np.exp(-logits.astype(np.float64)))
    np.testing.assert_allclose(ranked, exact, atol=tolerance)
    np.testing.assert_allclose(scored, exact, atol=tolerance)


def test_float16_scores_are_as_near_as_the_manifest_says(module_releases, model_server):
    rows, probabilities = read_reference(module_releases)
    said = Bundle.open(module_releases / "dynint" / "1").manifest.certificate[HALF_ERROR]
    settings = Settings(
        release_root=module_releases, scorer=f"grpc://{model_server.target}", remote_dtype="float16"
    )
    with local_gateway(settings) as gateway:
        scores = np.array(gateway.predict(rows)["probabilities"])
    worst = np.abs(scores - probabilities["dynint"]["1"]).max()
    assert 1e-8 < worst < 3 * said


def test_the_wire_carries_float16_but_the_proof_is_exact(module_releases: Path):
    with Scripted() as scripted:
        settings = Settings(
            release_root=module_releases,
            model_name="sums",
            scorer=f"grpc://{scripted.target}",
            remote_dtype="float16",
        )
        with local_gateway(settings) as gateway:
            gateway.predict([{}])
        assert set(scripted.asked) == {
            ("logit", "serving_default"),
            ("probability", "serving_half"),
        }


class Manifested:
    """What is read of a bundle, with a manifest of the test's."""

    def __init__(self, bundle: Bundle, **changes: object) -> None:
        self.path, self.version, self.table = bundle.path, bundle.version, bundle.table
        self.manifest = replace(bundle.manifest, **changes)


def test_a_bundle_that_does_not_offer_float16_is_refused(module_releases: Path):
    bundle = Bundle.open(module_releases / "dynint" / "1")
    older = Manifested(bundle, signatures=("rank", "serving_default"))
    text = "must offer rank_half, serving_half for DYNINT_REMOTE_DTYPE=float16; it offers rank"
    with pytest.raises(BundleError, match=text):
        RemoteSignatures.of(older, "dynint", "float16")
    for certificate in ({HALF_ERROR: 0.02}, {}):
        inexact = Manifested(bundle, certificate=certificate)
        with pytest.raises(BundleError, match=r"must be at most 0\.01 .* Set float32"):
            RemoteSignatures.of(inexact, "dynint", "float16")
        RemoteSignatures.of(inexact, "dynint", "float32")


def test_rank_without_its_signature_is_refused(module_releases: Path):
    bundle = Bundle.open(module_releases / "dynint" / "1")
    signatures = RemoteSignatures.of(
        Manifested(bundle, signatures=("serving_default",)), "dynint", "float32"
    )
    rows = np.zeros((1, 2, 4), np.float32)
    with pytest.raises(ScorerRefusedError, match="must offer it; it offers serving_default"):
        signatures.rank(rows, rows)


def test_a_server_that_keeps_the_latest_only_is_warned_of(releases: Path, capsys):
    with Scripted() as scripted:
        for served, warned in ((2, True), (1, False)):
            scripted.known = served
            (releases / "sums" / "current.json").write_text(json.dumps({"current": str(served)}))
            settings = Settings(
                release_root=releases, model_name="sums", scorer=f"grpc://{scripted.target}"
            )
            with local_gateway(settings):
                assert ("scorer_serves_one_version" in capsys.readouterr().out) is warned
