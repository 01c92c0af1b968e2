"""``python -m tests.fuzz.contract http://127.0.0.1:8080 --cases 5000``: a gateway held against its own document.

``schemathesis`` reads GET /openapi.json and sends what it allows and what it does not, to every operation.
The checks are all that apply: no 5xx, no status, content type, header or body that the document does not
have, valid data accepted, others refused, no method that is not there.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_BEFORE = 600
"""Cases of the coverage phase: it makes more of them, as many as it finds."""

_PREDICTS = 2
"""Operations that take a body; the others have few cases."""


def run(url: str, cases: int, seed: int = 1) -> dict[str, Any]:
    """Send at least so many cases; returns the report of ``schemathesis``, with its text as ``output``.

    Args:
        url: of the gateway.
        cases: how many.
        seed: the same one makes the same cases.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"]
        command += ["--phases", "examples,coverage,fuzzing", "--mode", "all", "--no-color"]
        examples = max(10, -(-(cases - _BEFORE) // _PREDICTS))
        command += ["--max-examples", str(examples), "--seed", str(seed)]
        command += ["--continue-on-failure", "--suppress-health-check", "too_slow,filter_too_much"]
        command += ["--report", "json", "--report-json-path", str(report)]
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "tests.fuzz.contract_hooks",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
        )
        output = done.stdout + done.stderr
        if not report.is_file():
            raise RuntimeError(f"schemathesis: must write a report; it said:\n{output}")
        return {**json.loads(report.read_bytes()), "output": output}


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = run(options.url.rstrip("/"), options.cases, options.seed)
    print(report["output"], file=sys.stderr)
    shown = ("exit_code", "complete", "running_time", "operations", "test_cases", "failures")
    print(json.dumps({name: report[name] for name in shown}))
    return int(report["exit_code"])


if __name__ == "__main__":
    sys.exit(main())
