"""Steps that turn logs into data: look at the new ones, check them, prepare them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.bundle.gates_file import GateResult
from model.errors import InvalidInputError
from training.prepare.request import PrepareRequest
from training.retrain.config import RetrainConfig
from training.retrain.data_checks import check_data
from training.retrain.plan import Plan
from training.retrain.profile import Profile
from training.train.prepared_data import PreparedData
from training.writing import WritingError

DATA = "data"
LIVE_DATA = "live-data"
PROFILE = "profile.npz"


def look(config: RetrainConfig, plan: Plan, run: Path) -> dict[str, Any]:
    """Encode the new rows as the live release does, and hold them beside its own.

    Schema: a log that has more malformed lines than are allowed fails here.

    Returns:
        ``checks``, as JSON: without a live release, of the schema alone.
    """
    checks: list[GateResult] = []
    known = plan.live.known if plan.live else None
    if known is None:
        return {"checks": []}
    try:
        card = _request(config, plan, run / LIVE_DATA, like=known.folder / "run" / "model").run()
    except WritingError:  # the disk's fault, not the log's
        raise
    except InvalidInputError as error:
        checks.append(GateResult("schema", False, {}, {}, str(error)))
        return {"checks": [asdict(check) for check in checks]}
    bad = int(card["bad_lines"]["count"])
    limit = {"max_bad_lines": config.logs.max_bad_lines}
    smallest = min(card["files"], key=lambda file: file["lines"])
    checks.append(GateResult("schema", True, {"bad_lines": bad, "rows": card["rows"]}, limit, ""))
    new = Profile.of(PreparedData.open(run / LIVE_DATA), len(plan.window.new))
    live = Profile.load(known.folder / PROFILE)
    checks += check_data(new, live, config.checks, smallest["name"], smallest["lines"])
    return {"checks": [asdict(check) for check in checks]}


def prepare(config: RetrainConfig, plan: Plan, run: Path) -> dict[str, Any]:
    """Prepare the new rows for the candidate: its vocabulary carries the live release's on."""
    known = plan.live.known if plan.live else None
    carry = None if known is None else known.folder / "run"
    card = _request(config, plan, run / DATA, carry=carry).run()
    Profile.of(PreparedData.open(run / DATA), len(plan.window.new)).save(run / PROFILE)
    found = {
        "rows": card["rows"],
        "splits": {name: entry["rows"] for name, entry in card["splits"].items()},
        "table_rows": card["table_rows"],
        "digest": card["digest"],
    }
    return {**found, **({"carried": card["carried"]} if "carried" in card else {})}


def _request(
    config: RetrainConfig,
    plan: Plan,
    out: Path,
    like: Path | None = None,
    carry: Path | None = None,
) -> PrepareRequest:
    logs, borrowed = config.logs, like or carry
    return PrepareRequest(
        logs=tuple(log.path for log in plan.window.new),
        levels_from=() if like else tuple(log.path for log in plan.window.before),
        out=out,
        log_format=logs.format,
        spec=None,
        min_count=None if borrowed else logs.min_count,
        discretiser=None,
        like=like,
        carry=carry,
        labelled=True,
        seed=1,
        split=logs.split,
        split_by="order",
        max_bad_lines=logs.max_bad_lines,
        generate=None,
        day=None,
        overwrite=True,
    )
