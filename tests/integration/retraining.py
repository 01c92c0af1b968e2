"""A nightly job in a folder of its own: logs by the day, a configuration, the command."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from model.bundle import Pointer, model_folder, read_pointer, versions
from training.datasets.synthetic import generate_log

CONFIG = """
config = "dynint_dgp"
work = "{home}/work"

[model]
dim = 8
subspaces = 4
layers = 1
kernel_size = 8

[training]
batch_size = 256
average_decay = 0.9

[logs]
folder = "{home}/logs"
pattern = "{{date}}.txt"
min_count = 5
max_bad_lines = 3

[release]
root = "{home}/releases"
keep = 3

[gates]
auc_margin = 0.02
log_loss_margin = 0.02
slice_rows = 200
calibration_tolerance = 0.25
parity_rows = 100
latency_p99_ms = 2000
latency_requests = 20
max_score_shift = 1.0

[alerts]
textfile = "{home}/dynint.prom"
"""

ROWS = 8_000
TIMEOUT_S = 500


class Job:
    """The job's folder.

    Args:
        home: where everything is.
        more: tables that come after the configuration's.
    """

    def __init__(self, home: Path, more: str = "") -> None:
        self.home = home
        (home / "logs").mkdir(parents=True, exist_ok=True)
        self.config = home / "retrain.toml"
        self.config.write_text(CONFIG.format(home=home) + more)
        self.model_dir = model_folder(home / "releases", "dynint")

    def log(self, day: int) -> Path:
        """The log of a day of November 2026."""
        return self.home / "logs" / f"2026-11-{day:02}.txt"

    def write_day(self, day: int, rows: int = ROWS) -> Path:
        """Generate a day's log."""
        path = self.log(day)
        generate_log(path, rows, 1, day=day)
        for beside in (f"{path}.bayes.npy", f"{path}.truth.json"):
            Path(beside).unlink()
        return path

    def change(self, key: str, value: str) -> None:
        """Set one key of the configuration, which has it on a line of its own."""
        text, count = re.subn(
            rf"^{key} = .*$", f"{key} = {value}", self.config.read_text(), flags=re.M
        )
        assert count == 1
        self.config.write_text(text)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Begin ``dynint retrain``."""
        command = [
            sys.executable,
            "-m",
            "dynint",
            "retrain",
            "--config",
            str(self.config),
            "--json",
        ]
        return subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *options: str, code: int = 0) -> dict[str, Any]:
        """Run it to its end; returns what it printed, and what it said as ``said``."""
        with self.start(*options) as child:
            out, said = child.communicate(timeout=TIMEOUT_S)
        assert child.returncode == code, said
        lines = out.splitlines()
        return {**(json.loads(lines[-1]) if lines else {}), "said": said}

    @property
    def versions(self) -> list[int]:
        """What is published."""
        return versions(self.model_dir) if self.model_dir.is_dir() else []

    @property
    def pointer(self) -> Pointer | None:
        """What is live."""
        return read_pointer(self.model_dir) if self.model_dir.is_dir() else None

    def journal(self, run: str) -> dict[str, Any]:
        """What a run has recorded."""
        found: dict[str, Any] = json.loads((self.home / "work" / run / "journal.json").read_text())
        return found

    def wait_for_step(self, child: subprocess.Popen[str], run: str, step: str) -> bool:
        """Wait until a step has begun; tells whether it did before the command's end."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if step in self.journal(run)["steps"]:
                    return True
            except (OSError, ValueError):
                pass
            if child.poll() is not None:
                return False
            time.sleep(0.005)
        raise AssertionError(f"{step} did not begin")
