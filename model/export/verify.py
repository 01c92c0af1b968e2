"""Every check of a bundle there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from model.bundle import GATE_SIGNATURE, TOLERANCE, Bundle, relative_difference
from model.errors import BundleError, CheckFailedError, FeatureError
from model.export.gates import check_gates
from model.export.saved_model import check_finite, check_signatures, load_model, score
from model.export.served_model import RANK, SERVING, TOKENS
from model.export.token_lookup import plain_tokens
from model.features import Encoder
from model.wire import RANK_HALF, SERVING_HALF


def verify_bundle(
    path: Path, advance: Callable[[int], None] | None = None
) -> tuple[Bundle, dict[str, Any]]:
    """Read every byte of a bundle, check its weights, and score its golden batch from raw values.

    The golden batch goes the whole way: encoder, table, SavedModel; and through each signature.

    Args:
        path: the version's folder.
        advance: is told how many bytes were read, if given.

    Returns:
        The bundle and what was measured.

    Raises:
        BundleError: naming the file that is missing, unknown, altered or does not fit.
        CheckFailedError: if a golden logit is not reproduced.
    """
    bundle = Bundle.open(path, full=True, advance=advance)
    return bundle, verify_scores(bundle)


def verify_scores(bundle: Bundle) -> dict[str, Any]:
    """Check the weights and the golden batch of a bundle whose bytes are checked already.

    Returns:
        What was measured.

    Raises:
        BundleError, CheckFailedError: as ``verify_bundle``.
    """
    check_finite(bundle.path)
    signatures = load_model(bundle.path)
    check_signatures(bundle, signatures)
    golden = bundle.golden()
    encoder = Encoder(bundle.spec)
    try:
        fingerprints = encoder.fingerprint_rows(golden.instances)
    except FeatureError as error:
        raise BundleError(
            f"{bundle.path / 'golden.json'}: does not fit the spec: {error}"
        ) from error
    shape = fingerprints.shape
    places = np.broadcast_to(np.arange(shape[1]), shape).ravel()
    rows, states = bundle.table.lookup(fingerprints.ravel(), places)
    embeddings = rows.reshape(*shape, -1)
    logits = score(signatures[SERVING], "embeddings", embeddings)
    report: dict[str, Any] = {
        "path": str(bundle.path),
        "version": str(bundle.version),
        "manifest_digest": bundle.manifest_digest,
        "bytes": bundle.manifest.size,
        "golden_rows": len(golden.instances),
        "golden_levels": dict(
            zip(
                ("present", "pruned", "unseen"),
                np.bincount(states, minlength=3).tolist(),
                strict=True,
            )
        ),
        "golden_max_relative_difference": golden.compare(logits),
    }
    if TOKENS in signatures:
        tokens = plain_tokens(bundle.spec, golden.instances)
        report["tokens_max_relative_difference"] = golden.compare(
            score(signatures[TOKENS], "tokens", tokens)
        )
    if RANK in signatures:
        report["rank_max_relative_difference"] = _check_rank(bundle, signatures, embeddings)
    for key, of in ((SERVING_HALF, SERVING), (RANK_HALF, RANK)):
        if key in signatures:
            inputs = {"embeddings": embeddings} if of == SERVING else _ranked(bundle, embeddings)
            report[f"{key}_max_relative_difference"] = _check_half(signatures, key, of, inputs)
    if GATE_SIGNATURE in signatures:
        report["gate_saturation"] = check_gates(bundle, signatures[GATE_SIGNATURE], embeddings)
    return report


def _check_rank(bundle: Bundle, signatures: Any, embeddings: Any) -> float:
    """Score the golden candidates in the first instance's context, both ways."""
    context = list(bundle.spec.positions("context"))
    mixed = embeddings.copy()
    mixed[:, context] = embeddings[:1, context]
    alone = score(signatures[SERVING], "embeddings", mixed).astype(np.float64)
    ranked = signatures[RANK](**_ranked(bundle, embeddings))
    worst = float(relative_difference(ranked["logit"].numpy(), alone).max())
    if not worst <= TOLERANCE:
        raise CheckFailedError(
            f"{RANK}: logits must agree with {SERVING} within {TOLERANCE:g} * max(1, |logit|); "
            f"the worst differs by {worst:.3g}"
        )
    return worst


def _ranked(bundle: Bundle, embeddings: Any) -> dict[str, Any]:
    """Take the first instance's context and every instance's candidate."""
    context, candidates = (list(bundle.spec.positions(side)) for side in ("context", "candidate"))
    return {"context": embeddings[:1, context], "candidates": embeddings[:, candidates]}


def _check_half(signatures: Any, key: str, of: str, inputs: dict[str, Any]) -> float:
    """Score the same numbers in float16 and in float32: only the wire may differ."""
    with np.errstate(over="ignore"):
        halves = {name: array.astype(np.float16) for name, array in inputs.items()}
    if not all(np.isfinite(array).all() for array in halves.values()):
        return 0.0  # too large for float16: the certificate's figure keeps gateways from it
    same = {name: array.astype(np.float32) for name, array in halves.items()}
    reference = signatures[of](**same)["logit"].numpy().astype(np.float64)
    worst = float(
        relative_difference(signatures[key](**halves)["logit"].numpy(), reference).max(initial=0.0)
    )
    if not worst <= TOLERANCE:
        raise CheckFailedError(
            f"{key}: logits must agree with {of} within {TOLERANCE:g} * max(1, |logit|); "
            f"the worst differs by {worst:.3g}"
        )
    return worst
