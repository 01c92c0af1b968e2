"""``dynint bench fold --json``: what folding saves, one thread, at batch 100 and 4096."""

import os
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, progress

NETWORKS = ("xdeepint", "dynint_da", "dynint_dgp", "dynint_dwp")
BATCHES = (100, 4096)
FIELDS = 39


def fold(
    repetitions: Annotated[
        int, typer.Option(min=3, help="Timed calls of each graph at batch 4096; 10x that at 100.")
    ] = 11,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Time the folded graph beside the unfolded ones: 39 fields, dim 16, h 16, 3 layers, K 64, r 4.

    ``unfolded`` is the layers' equations on maps of (batch, rows, width), as the paper has them;
    ``zoo`` is the network that is trained, which keeps its rows last, adds the residual's one and
    shares its first products, and so has half of folding's savings already. All are compiled by
    ``tf.function``, in float32, with the same weights. Calls are interleaved and medians taken, so
    that a busy machine slows all alike. oneDNN is off, as where the gateway scores; with
    ``TF_ENABLE_ONEDNN_OPTS=1`` it is on for all.
    """
    with exit_codes():
        from model.quiet import import_tensorflow

        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
        import_tensorflow()
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        from benchmarks.folding.compare import compare

        rows: list[dict[str, Any]] = []
        with progress("bench fold", len(NETWORKS) * len(BATCHES), "measurements") as advance:
            for name in NETWORKS:
                for batch in BATCHES:
                    calls = repetitions * (10 if batch < 1000 else 1)
                    rows.append(compare(name, FIELDS, batch, calls))
                    advance(len(rows), f"{name} at {batch}")
        lines = [
            f"{row['network']:<11} batch {row['batch']:>4}: unfolded {row['unfolded_ms']:7.2f} ms, "
            f"zoo {row['zoo_ms']:7.2f} ms, folded {row['folded_ms']:7.2f} ms = "
            f"{row['speedup']:.2f}x and {row['speedup_over_zoo']:.2f}x, "
            f"largest logit difference {row['max_abs_logit_diff']:.1e}"
            for row in rows
        ]
        result = {
            "threads": 1,
            "fields": FIELDS,
            "onednn": os.environ["TF_ENABLE_ONEDNN_OPTS"] != "0",
            "results": rows,
        }
        emit(result, as_json, "\n".join(lines))
