"""The cases of ``dynint bench table`` as a picture."""

from pathlib import Path
from typing import Any

COLOURS = {False: "tab:blue", True: "tab:orange"}
LIMIT_MB = 1024
PHASES = ("cold", "warm", "flip")
TIERS = ("l1", "redis", "table")


def draw(cases: list[dict[str, Any]], path: Path) -> None:
    """Draw latency, hit rates and memory: one column per exponent, one colour per middle tier."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    exponents = sorted({case["zipf"] for case in cases})
    figure, axes = plt.subplots(
        3, len(exponents), figsize=(6.5 * len(exponents), 10), squeeze=False, layout="constrained"
    )
    for column, exponent in enumerate(exponents):
        chosen = [case for case in cases if case["zipf"] == exponent]
        latency, rates, memory = axes[:, column]
        latency.set_title(f"Zipf {exponent}: rankings of 100 rows", pad=30)
        for case in chosen:
            _latency(latency, case)
            _memory(memory, case)
        _hit_rates(rates, chosen)
        memory.axhline(LIMIT_MB, color="tab:red", linestyle=":", label="1 GiB")
        memory.set(xlabel="seconds since ready", ylabel="own memory, MiB", ylim=(0, 1150))
        latency.set(xlabel="seconds since ready", ylabel="milliseconds", yscale="log")
        for axis in (latency, memory):
            axis.grid(alpha=0.3)
            axis.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _name(case: dict[str, Any]) -> str:
    return "with Redis" if case["redis"] else "without Redis"


def _latency(axis: Any, case: dict[str, Any]) -> None:
    colour = COLOURS[case["redis"]]
    bins = case["timeline"]
    at = [start for start, *_ in bins]
    axis.plot(at, [p50 for _, _, p50, _ in bins], color=colour, label=f"{_name(case)}: median")
    axis.plot(
        at, [most for *_, most in bins], color=colour, alpha=0.4, lw=1, label="slowest of 0.5 s"
    )
    for phase in ("fill", "warm", "before", "flip"):
        start = min((first for first, name, *_ in bins if name == phase), default=None)
        if start is not None:
            axis.axvline(start, color=colour, linestyle=":", lw=1)
            axis.annotate(phase, (start, 1.02), xycoords=("data", "axes fraction"), fontsize=7,
                          color=colour, rotation=45)  # fmt: skip


def _memory(axis: Any, case: dict[str, Any]) -> None:
    axis.plot(
        [at for at, *_ in case["memory"]],
        [own for _, own, _ in case["memory"]],
        color=COLOURS[case["redis"]],
        label=_name(case),
    )


def _hit_rates(axis: Any, cases: list[dict[str, Any]]) -> None:
    labels, heights, colours = [], [], []
    for case in cases:
        for phase in PHASES:
            for tier in TIERS:
                rate = case["hit_rates"].get(phase, {}).get(tier)
                if rate is not None:
                    labels.append(f"{phase} {tier}")
                    heights.append(100 * rate)
                    colours.append(COLOURS[case["redis"]])
    places = range(len(labels))
    axis.bar(places, heights, color=colours)
    axis.set_xticks(places, labels, rotation=60, ha="right", fontsize=8)
    axis.set(ylabel="hits of what the tier was asked for, %", ylim=(0, 109))
    for place, height in zip(places, heights, strict=True):
        axis.annotate(f"{height:.0f}", (place, height + 1), ha="center", fontsize=8)
