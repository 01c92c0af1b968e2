"""``python -m tests.integration.canary.make_canaries ROOT``: versions of ``sums`` beside version 1, good and bad.

Each is version 1 with another SavedModel, whose logits are 0.02 higher, so that a score tells which
version gave it. Its golden batch says so, and each of them passes it.

    3 good
    4 slow: about ``SLOW_S`` of computing in each call
    5 broken: NaN for every row with a positive logit; only the probability, so no golden batch finds it
    6 shifted: logits 1.5 higher instead
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from model.quiet import import_tensorflow

import_tensorflow()

import tensorflow as tf  # noqa: E402  (TensorFlow's greeting must be held back first)

from model.bundle import Bundle, FileDigest  # noqa: E402
from model.bundle.paths import regular_files  # noqa: E402

GOOD, SLOW, BROKEN, SHIFTED = 3, 4, 5, 6
OFFSETS = {GOOD: 0.02, SLOW: 0.02, BROKEN: 0.02, SHIFTED: 1.5}
SLOW_S = 0.4
_SIZE = 256


class Sums(tf.Module):
    """Sums rows, and wastes time."""

    def __init__(self, bundle: Bundle, offset: float, rounds: int, nan: bool) -> None:
        width = bundle.table.width
        sides = [len(bundle.spec.positions(side)) for side in ("context", "candidate")]
        self.offset = tf.Variable(offset)
        self.rounds, self.nan = rounds, nan

        @tf.function(
            input_signature=[
                tf.TensorSpec((None, len(bundle.spec.fields), width), tf.float32, "embeddings")
            ]
        )
        def serving_default(embeddings):
            return self.scored(tf.reduce_sum(embeddings, (1, 2)))

        @tf.function(
            input_signature=[
                tf.TensorSpec((1, sides[0], width), tf.float32, "context"),
                tf.TensorSpec((None, sides[1], width), tf.float32, "candidates"),
            ]
        )
        def rank(context, candidates):
            return self.scored(tf.reduce_sum(candidates, (1, 2)) + tf.reduce_sum(context))

        self.functions = {"serving_default": serving_default, "rank": rank}

    def scored(self, total: tf.Tensor) -> dict[str, tf.Tensor]:
        logit = total + self.offset + tf.minimum(waste(self.rounds, total), 0.0)
        probability = tf.sigmoid(logit)
        if self.nan:
            probability = tf.where(logit > 0.0, float("nan"), probability)
        return {"logit": logit, "probability": probability}


def waste(rounds: int, total: tf.Tensor) -> tf.Tensor:
    """Multiply matrices for a while; the result is not negative, which nobody can know before."""
    start = tf.fill((_SIZE, _SIZE), tf.abs(tf.reduce_sum(total)))
    _, last = tf.while_loop(
        lambda place, _: place < rounds,
        lambda place, matrix: (place + 1, tf.abs(tf.tanh(tf.matmul(matrix, matrix)))),
        (0, start),
    )
    return tf.reduce_sum(last)


def time_of(call: Callable[[], object]) -> float:
    """Take the best of three."""
    times = []
    for _ in range(3):
        begin_s = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin_s)
    return min(times)


def slow_rounds() -> int:
    """Find how many rounds take ``SLOW_S`` on this machine."""
    wasted = tf.function(lambda total: waste(500, total))
    return max(1, int(500 * SLOW_S / time_of(lambda: wasted(tf.ones(1)))))


def make(model_dir: Path, version: int) -> None:
    """Make one version of version 1."""
    folder = model_dir / str(version)
    shutil.copytree(model_dir / "1", folder)
    bundle = Bundle.open(folder)
    offset = OFFSETS[version]
    model = Sums(bundle, offset, slow_rounds() if version == SLOW else 0, version == BROKEN)
    for old in ("variables", "assets.extra"):  # the latter's requests are for more signatures
        shutil.rmtree(folder / old)
    for old in ("fingerprint.pb", "saved_model.pb", "manifest.json"):
        (folder / old).unlink()
    tf.saved_model.save(model, str(folder), signatures=model.functions)
    shutil.rmtree(folder / "assets", ignore_errors=True)
    golden = bundle.golden()
    replace(golden, logits=tuple(logit + offset for logit in golden.logits)).save(folder)
    chunk = bundle.manifest.chunk_bytes
    files = {path: FileDigest.measure(folder / path, chunk) for path in regular_files(folder)}
    replace(
        bundle.manifest, files=files, signatures=tuple(sorted(model.functions)), gates=()
    ).write(folder)
    Bundle.open(folder, full=True).stamp()


def main() -> None:
    """Make all of them, and add their scores to the reference."""
    root = Path(sys.argv[1])
    reference = json.loads((root / "reference.json").read_bytes())
    for version, offset in OFFSETS.items():
        make(root / "sums", version)
        reference["probabilities"]["sums"][str(version)] = [
            1 / (1 + (1 / score - 1) * 2.718281828459045**-offset)
            for score in reference["probabilities"]["sums"]["1"]
        ]
    (root / "reference.json").write_text(json.dumps(reference))


if __name__ == "__main__":
    main()
