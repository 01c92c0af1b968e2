"""The demo's result, for people."""

import json
import shlex
from pathlib import Path
from typing import Any


def render(result: dict[str, Any]) -> str:
    """Write what was reached, where everything lies and how to go on."""
    out = Path(result["out"])
    bayes = result["evaluate"]["dynint_dgp"]["bayes"]
    lines = [
        "",
        f"{'on the test rows':<26}{'AUC':>9}{'LogLoss':>10}",
        *(
            f"{label:<26}{measured['auc']:>9.4f}{measured['log_loss']:>10.4f}"
            for label, measured in (
                ("logistic regression", result["evaluate"]["lr"]),
                ("DynInt-DGP", result["evaluate"]["dynint_dgp"]),
                ("best possible (Bayes)", bayes),
            )
        ),
        "",
        *_served(result),
        "",
        "where everything lies",
        f"  {out}/data          prepared data, its card and the generated log (raw/log.txt)",
        f"  {out}/dynint_dgp    the run: curves.png, run.json, evaluation/test/evaluation.png",
        f"  {out}/lr            the logistic regression beside it",
        f"  {result['export']['path']}    the live bundle",
        "",
        "go on",
        f"  .venv/bin/dynint serve --release-root {out}/releases",
        "  curl -s localhost:8080/predict -H 'content-type: application/json' \\",
        f"    -d {shlex.quote(json.dumps(result['served']['request']))}",
        "",
        f"done in {result['seconds']:.0f} s",
    ]
    return "\n".join(lines)


def _served(result: dict[str, Any]) -> list[str]:
    served, latency = result["served"], result["latency"]
    scores = ", ".join(f"{score:.4f}" for score in served["probabilities"])
    certificate = result["export"]["certificate"]
    return [
        f"folded and exported: version {served['version']}, largest relative logit difference "
        f"{certificate['max_relative_difference']:.1e} over {certificate['rows']:,} rows",
        f"POST /predict: {scores}, ...",
        f"  {served['rows']} raw rows, largest difference from the trained model "
        f"{served['largest_difference']:.1e}",
        f"  {latency['rows']} rows a request, {latency['requests']} requests: median "
        f"{latency['p50_ms']} ms, 99th percentile {latency['p99_ms']} ms (client's time)",
    ]
