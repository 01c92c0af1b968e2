"""The page of a run: what was decided, and on what evidence."""

import json
from html import escape
from typing import Any

import numpy as np

from training.page import page, plot
from training.picture import as_svg
from training.retrain import plots
from training.retrain.config import RetrainConfig
from training.retrain.journal import PROMOTED, Journal
from training.retrain.model_steps import SCORES
from training.study.table import Table
from training.train.whole_file import write_whole

FEW = 6
"""A table of so many figures is written with its result."""

METRICS = {
    "auc": "AUC",
    "log_loss": "LogLoss",
    "normalised_entropy": "normalised entropy",
    "calibration_ratio": "predicted clicks per click",
}


def write_report(config: RetrainConfig, journal: Journal) -> None:
    """Write ``report.html`` and ``report.json`` into the run's folder."""
    parts = [
        _outcome(journal),
        _metrics(journal),
        _scores(journal),
        _results("Gates", journal.result("gates")["gates"] if journal.done("gates") else []),
        _results("Data", journal.result("check")["checks"] if journal.done("check") else []),
        _drift(journal),
        plot(as_svg(plots.timings(journal.steps)), "seconds of each step"),
        _facts(journal),
    ]
    body = "\n".join(part for part in parts if part)
    title = f"{config.release.name}, {journal.folder.name}: {journal.outcome}"
    about = "What a retraining decided, and on what evidence."
    write_whole(journal.folder / "report.html", page("dynint retrain", title, about, body))
    content = {
        "outcome": journal.outcome,
        "reason": journal.reason,
        "identity": dict(journal.identity),
        "steps": journal.steps,
    }
    write_whole(journal.folder / "report.json", json.dumps(content, indent=1) + "\n")


def _outcome(journal: Journal) -> str:
    said = [
        f"version {journal.result('publish')['version']} is live"
        if journal.outcome == PROMOTED
        else journal.reason or "refused"
    ]
    if journal.done("collect"):
        said += journal.result("collect")["said"]
    items = "\n".join(f"<li>{escape(each)}</li>" for each in said)
    return f'<ul class="said">\n{items}\n</ul>'


def _metrics(journal: Journal) -> str:
    if not journal.done("evaluate"):
        return ""
    found = journal.result("evaluate")
    bounds = {
        gate["name"]: gate["measured"]
        for gate in (journal.result("gates")["gates"] if journal.done("gates") else ())
        if "low" in gate["measured"]
    }
    rows = []
    for key, name in METRICS.items():
        gap = bounds.get(key.replace("_", " "))
        between = (
            f"{gap['difference']:+.5f} ({gap['low']:+.5f} to {gap['high']:+.5f})" if gap else ""
        )
        cells = [f"{found[who][key]:.5f}" if key in found.get(who, {}) else ""
                 for who in ("candidate", "live")]  # fmt: skip
        rows.append([name, *cells, between])
    note = (
        f"On the same {found['candidate']['rows']:,} rows, which are later than those that either "
        "has learnt from. In brackets: central interval of the difference, rows resampled in pairs."
    )
    return Table(
        "Beside the live release", ["", "candidate", "live", "difference"], rows, note
    ).html()


def _scores(journal: Journal) -> str:
    path = journal.folder / SCORES
    if not path.is_file():
        return ""
    with np.load(path, allow_pickle=False) as scores:
        found = dict(scores)
    if not plots.finite(found):
        return ""
    described = "click rates observed and predicted, and how often each score was given"
    return plot(as_svg(plots.calibration(found)), described)


def _results(title: str, results: list[dict[str, Any]]) -> str:
    if not results:
        return ""
    rows = [
        [each["name"], "passed" if each["passed"] else "**failed**", each["reason"], _figures(each)]
        for each in results
    ]
    return Table(title, ["", "", "why", "measured; allowed"], rows).html()


def _figures(result: dict[str, Any]) -> str:
    """Write the figures of a result that are numbers."""

    def numbers(table: dict[str, Any]) -> str:
        found = []
        for key, value in table.items():
            if isinstance(value, dict) and len(value) <= FEW:
                found.append(f"{key}: {numbers(value)}")
            elif isinstance(value, int | float) and not isinstance(value, bool):
                found.append(f"{key} {value:.5g}")
        return ", ".join(found)

    return "; ".join(
        text for text in (numbers(result["measured"]), numbers(result["threshold"])) if text
    )


def _drift(journal: Journal) -> str:
    checks = journal.result("check")["checks"] if journal.done("check") else []
    for check in checks:
        if check["name"] == "drift":
            figure = plots.drift(check["measured"]["fields"], check["threshold"]["max"])
            return plot(as_svg(figure), "population stability index of the fields that moved most")
    return ""


def _facts(journal: Journal) -> str:
    identity = journal.identity
    facts = [
        ("configuration", identity["config"]),
        ("live release's manifest", identity["live"] or "none"),
        *((name, digest) for name, digest in identity["logs"].items()),
    ]
    if journal.done("prepare"):
        facts.append(("data digest", journal.result("prepare")["digest"]))
    if journal.done("export"):
        facts.append(("candidate's manifest", journal.result("export")["digest"]))
    terms = "\n".join(f"<dt>{escape(key)}</dt><dd>{escape(str(text))}</dd>" for key, text in facts)
    return f"<h2>Where this is from</h2>\n<dl>\n{terms}\n</dl>"
