"""The table of docs/results.md: the four networks beside a logistic regression, five seeds.

    python scripts/criteo_results.py LOG --work runs/criteo --out docs/results.md

A seed deals the rows into train, valid and test (70/10/20), starts the weights and orders the rows; within a
seed all models see the same ids. What is done already is not done again.
"""

import argparse
import json
import math
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from model.console import say  # noqa: E402  (the repository must be importable first)

MODELS = ("lr", "xdeepint", "dynint_da", "dynint_dgp", "dynint_dwp")
SEEDS = (1, 2, 3, 4, 5)
T_975_4 = 2.776
"""97.5% quantile of Student's t with 4 degrees of freedom: half width of a 95% interval of five."""


def measure(log: Path, work: Path, min_count: int) -> dict[str, list[dict[str, Any]]]:
    """Prepare, train and test every model on every seed; returns one list of metrics per model."""
    from model.quiet import import_tensorflow

    import_tensorflow()
    from training.datasets import log_format
    from training.prepare import Split, prepare
    from training.train.run_config import RunConfig
    from training.train.train_run import train

    results: dict[str, list[dict[str, Any]]] = {name: [] for name in MODELS}
    for seed in SEEDS:
        data = work / f"data-{seed}"
        if not data.is_dir():
            criteo = log_format("criteo")
            spec = criteo.spec(min_count)
            prepare([log], data, log=criteo, spec=spec, split=Split(seed=seed))
        for name in MODELS:
            config = RunConfig.load(
                ROOT / "training" / "configs" / "criteo_70k" / f"{name}.toml", seed=seed
            )
            run = train(config, data, work / f"{name}-{seed}")
            results[name].append(run["metrics"])
            valid, test = run["metrics"]["valid"], run["metrics"]["test"]
            say(f"seed {seed} {name}: valid AUC {valid['auc']:.4f}, test AUC {test['auc']:.4f}")
    return results


def spread(values: list[float]) -> str:
    """Write the mean and the standard deviation."""
    return f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"


def pick(results: dict[str, list[dict[str, Any]]], name: str, split: str, key: str) -> list[float]:
    """List one metric of one model, a value per seed."""
    return [metrics[split][key] for metrics in results[name]]


def table(results: dict[str, list[dict[str, Any]]]) -> tuple[list[str], str]:
    """Write the rows of the table, and name the network that valid AUC chooses."""
    networks = [name for name in MODELS if name != "lr"]
    best = max(networks, key=lambda name: statistics.mean(pick(results, name, "valid", "auc")))
    base = pick(results, "lr", "test", "auc")
    lines = [
        "| model | valid AUC | test AUC | test LogLoss | test AUC beside LR, same seed |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in MODELS:
        gains = [
            own - other for own, other in zip(pick(results, name, "test", "auc"), base, strict=True)
        ]
        half = T_975_4 * statistics.stdev(gains) / math.sqrt(len(gains))
        beside = "" if name == "lr" else f"{statistics.mean(gains):+.4f} ± {half:.4f}"
        label = f"**{name}**" if name == best else name
        lines.append(
            f"| {label} | {spread(pick(results, name, 'valid', 'auc'))} "
            f"| {spread(pick(results, name, 'test', 'auc'))} "
            f"| {spread(pick(results, name, 'test', 'log_loss'))} | {beside} |"
        )
    return lines, best


def main() -> None:
    """Measure, then rewrite the part of the document between its two marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", type=Path, help="log in Criteo's format")
    parser.add_argument("--work", type=Path, default=Path("runs/criteo"), help="folder of the runs")
    parser.add_argument("--min-count", type=int, default=20, help="the paper's is 20")
    parser.add_argument("--out", type=Path, help="document to rewrite between its marks")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = measure(arguments.log, arguments.work, arguments.min_count)
    (arguments.work / "results.json").write_text(json.dumps(results, indent=1))
    lines, best = table(results)
    text = "\n".join(lines)
    print(text)
    print(f"chosen on valid AUC: {best}")
    if arguments.out:
        begin, end = "<!-- criteo: begin -->", "<!-- criteo: end -->"
        document = arguments.out.read_text(encoding="utf-8")
        head, rest = document.split(begin)
        tail = rest.split(end)[1]
        arguments.out.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")
        say(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
