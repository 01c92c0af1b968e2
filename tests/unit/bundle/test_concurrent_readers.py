"""A reader beside publishing, promoting, going back, removing and kills sees whole versions only."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from model.bundle import Bundle, promote, read_pointer, versions
from model.bundle.candidate import folders
from model.bundle.publish import publish
from model.errors import DynIntError
from tests.unit.bundle.candidates import PASSED, check_whole, proven, stage

ROOT = Path(__file__).parents[3]
KILLS = 12

WRITER = """
import sys
from pathlib import Path
from model.bundle import promote, rollback
from model.bundle.announcement import Announcement
from model.bundle.candidate import candidates
from model.bundle.gates_file import GatesReport, write_gates
from model.bundle.publish import publish
from model.bundle.retention import retain, retain_candidates
from tests.unit.bundle.candidates import PASSED, proven, stage

root = Path(sys.argv[1])
print("begun", flush=True)
while True:
    for candidate in candidates(root):
        if candidate.bundle.is_dir():  # the last run was killed before its gates or its publishing
            write_gates(candidate.bundle, GatesReport(candidate.manifest_digest, True, (PASSED,)))
            publish(candidate, proven)
    candidate = stage(root, PASSED)
    done = publish(candidate, proven)
    assert publish(candidate, proven).already
    Announcement(root / "dynint", done.version).begin()
    promote(root / "dynint", done.version)
    rollback(root / "dynint")
    rollback(root / "dynint")
    retain(root, "dynint", 2)
    retain_candidates(root, 2)
    print(done.version, flush=True)
"""


def look(folder: Path) -> int:
    """Open all that is there; what is removed meanwhile must be gone, not half there."""
    seen = 0
    for version in versions(folder):
        try:
            Bundle.open(folder / str(version), full=True)
            seen += 1
        except (DynIntError, OSError):
            if (folder / str(version)).exists():
                raise
    pointer = read_pointer(folder)
    if pointer is None:
        return seen
    assert (folder / pointer.current / "manifest.json").exists() or read_pointer(folder) != pointer
    config = text_format.Parse((folder / "tf_serving.config").read_bytes(), ModelServerConfig())
    served = set(config.model_config_list.config[0].model_version_policy.specific.versions)
    assert pointer.versions <= served or read_pointer(folder) != pointer
    return seen


def test_a_reader_never_sees_a_part_and_kills_leave_none(tmp_path: Path):
    folder, chance, looked = tmp_path / "dynint", random.Random(0), 0
    promote(folder, publish(stage(tmp_path, PASSED), proven).version)
    highest = 1
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "begun\n", writer.stderr.read()
            end = time.monotonic() + chance.uniform(0.1, 0.8)
            while time.monotonic() < end:
                looked += look(folder)
            assert writer.poll() is None, writer.stderr.read()
            os.kill(writer.pid, signal.SIGKILL)
        there = check_whole(folder)
        assert there[-1] >= highest  # no number is given twice
        highest = there[-1]
    assert looked > 50
    assert highest > 2
    digests = [Bundle.open(folder / str(version)).manifest_digest for version in versions(folder)]
    assert len(set(digests)) == len(digests)  # nothing was published twice
    assert len(folders(tmp_path)) < KILLS
