"""Fill Redis with a version's rows before it is promoted."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from model.bundle import Bundle
from model.errors import CheckFailedError, InvalidInputError

ROWS = 100_000
"""Most rows that are written: a table of so many is written whole."""


def warm_redis(
    bundle: Bundle, redis_url: str, data: Path | None = None, option: str = "--redis-url"
) -> int:
    """Run ``dynint warm``, in a process of its own: the folder ``model`` knows no Redis.

    Hottest are the levels that were seen most in ``data``. Without it a table of at most ``ROWS``
    levels is written whole; of a larger one the rows of the golden batch are, and gateways fetch
    the others when they are asked for.

    Args:
        bundle: the version.
        redis_url: where to write; it may hold a password, so it is passed on as a variable.
        data: the prepared data that the version was trained on.
        option: that holds the address, for the error.

    Returns:
        How many rows were written.

    Raises:
        InvalidInputError: if the command refuses what it is given; its own words are on standard
            error.
        CheckFailedError: if Redis does not take them; the command's own words are on standard error.
    """
    model_dir = bundle.path.parent
    command = [sys.executable, "-m", "dynint", "warm", str(bundle.version), "--json"]
    command += ["--root", str(model_dir.parent), "--name", model_dir.name, "--rows", str(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        if data is not None:
            command += ["--data", str(data)]
        elif len(bundle.table.fingerprints) > ROWS:
            log = Path(folder) / "golden.jsonl"
            lines = (json.dumps({"instances": [row]}) for row in bundle.golden().instances)
            log.write_text("\n".join(lines) + "\n", encoding="utf-8")
            command += ["--log", str(log)]
        # The interpreter and every argument are this process's own.
        done = subprocess.run(  # noqa: S603
            command,
            stdout=subprocess.PIPE,
            env={**os.environ, "DYNINT_REDIS_URL_FILE": "", "DYNINT_REDIS_URL": redis_url},
            check=False,
        )
    lines_out = done.stdout.splitlines()
    report = json.loads(lines_out[-1]) if lines_out else {}
    if done.returncode == InvalidInputError.exit_code:
        raise InvalidInputError(
            f"{option}, --data and the DYNINT_* variables: must be such as dynint warm takes; it "
            "refused them, for the reason above, and no row was written"
        )
    if done.returncode or report.get("failed"):
        raise CheckFailedError(
            f"{option}: must take the rows of version {bundle.version}; dynint warm ended with "
            f"{done.returncode}, {report.get('failed', 'all')} rows failed"
        )
    return int(report["written"])
