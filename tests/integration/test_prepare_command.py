import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.prepared import DYNINT, contents, read_card, run_prepare
from tests.unit.data.lines import line
from training.datasets.synthetic import generate_log

GOOD = [line(str(number % 2), I1=str(number), C1=f"{number % 3:08x}") for number in range(200)]
BAD = {
    "columns": (b"1\t2\t3\n", "must have 40 columns; received 3"),
    "label": (line("2"), "the label must be 0 or 1; received '2'"),
    "number": (
        line("1", I3="abc"),
        "field 'I3': must be a number in decimal notation; received 'abc'",
    ),
    "infinity": (line("1", I3="1e999"), "field 'I3': must be a finite number"),
    "integer": (line("1", I3="9" * 30), "field 'I3': integers must lie between"),
    "utf-8": (line("1", C1="xx").replace(b"xx", b"\xff\xfe"), "must be text in UTF-8"),
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.txt"
    path.write_bytes(b"".join(GOOD))
    return path


def others(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.name != "log.txt")


def test_tells_what_it_wrote_and_what_to_do_next(log: Path, tmp_path: Path):
    done = run_prepare(log, "--out", tmp_path / "out", "--min-count", 2)
    assert done.returncode == 0, done.stderr
    assert "rows      200, 50.0% clicks" in done.stdout
    assert f"next: dynint train --config dynint_dgp --data {tmp_path / 'out'}" in done.stderr
    assert others(tmp_path) == ["out"]
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == [
        "data_card.json",
        "feature_spec.json",
        "sample.jsonl",
        "test",
        "train",
        "valid",
        "vocabulary.npz",
    ]


def test_a_generated_day_of_a_truth_that_drifts_is_prepared(tmp_path: Path):
    done = run_prepare("--generate", 400, "--day", 2, "--drift", 0.1, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    generate_log(tmp_path / "log.txt", 400, day=2, drift=0.1)
    raw = (tmp_path / "out" / "raw" / "log.txt").read_bytes()
    assert raw == (tmp_path / "log.txt").read_bytes()
    assert read_card(tmp_path / "out")["truth"][0]["drift"] == 0.1


def test_json_is_one_object_on_the_last_line(log: Path, tmp_path: Path):
    done = run_prepare(log, "--out", tmp_path / "out", "--split", "1/1/2", "--json")
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["rows"] == sum(result["splits"].values()) == 200
    assert result["digest"] == read_card(tmp_path / "out")["digest"]


def test_by_order_the_latest_rows_test_a_model_of_any_vocabulary(log: Path, tmp_path: Path):
    order = ("--split-by", "order", "--split", "8/1/1")
    for name, more in (("one", ("--min-count", 2)), ("two", ("--like", tmp_path / "one"))):
        done = run_prepare(log, "--out", tmp_path / name, *order, *more)
        assert done.returncode == 0, done.stderr
    cards = [read_card(tmp_path / name) for name in ("one", "two")]
    assert [card["split"]["test_from_row"] for card in cards] == [180, 180]
    assert cards[0]["splits"]["test"] == cards[1]["splits"]["test"]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_stops_it_with_file_line_and_reason(log: Path, tmp_path: Path, kind: str):
    text, reason = BAD[kind]
    log.write_bytes(b"".join([*GOOD[:123], text, *GOOD[123:]]))
    done = run_prepare(log, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert f"error: {log}:124: {reason}" in done.stderr
    assert "Traceback" not in done.stderr
    assert others(tmp_path) == []


def test_bad_lines_within_the_limit_are_skipped_and_counted(log: Path, tmp_path: Path):
    bad = [text for text, _ in BAD.values()]
    log.write_bytes(b"".join([*GOOD[:100], *bad, b"\n", *GOOD[100:]]))
    done = run_prepare(log, "--out", tmp_path / "out", "--max-bad-lines", len(bad))
    assert done.returncode == 0, done.stderr
    card = read_card(tmp_path / "out")
    assert card["rows"] == 200
    assert card["empty_lines"] == 1
    assert card["bad_lines"]["count"] == len(bad)
    assert card["bad_lines"]["by_kind"] == {
        "column count": 1,
        "label": 1,
        "not UTF-8": 1,
        "numeric value": 3,
    }
    assert [entry["line"] for entry in card["bad_lines"]["first"]] == list(range(101, 107))
    assert "skipped   6 bad and 1 empty lines" in done.stdout
    beyond = run_prepare(log, "--out", tmp_path / "beyond", "--max-bad-lines", len(bad) - 1)
    assert beyond.returncode == 2
    assert f"{log}:106: must be text in UTF-8" in beyond.stderr
    assert others(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{log}", "--format", "avazoo"], "format: must be one of criteo"),
        (["{log}", "--split-by", "time"], "'criteo' has none: use --split-by order or hash"),
        (["{log}", "--split-by", "moon"], "must be hash, time or order; received 'moon'"),
        (["{log}", "--split", "70-10-20"], "must be three weights"),
        (["{log}", "--discretiser", "log"], "discretiser .*must be one of .*squared_log"),
        (["{log}", "--min-count", "0"], "min_count: must be an integer of at least 1"),
        (["{log}", "--seed", "-1"], "seed: must be from 0"),
        (["{log}", "--max-bad-lines", "-1"], "max-bad-lines: must be 0 or more"),
        (["{log}", "--no-label"], "--like DIR"),
        (["{log}", "--like", "{log}.none"], "no such file or folder: .*feature_spec.json"),
        ([""], r"logs: must be files; \. is a folder"),
        (["."], r"logs: must be files; \. is a folder"),
        (["/"], "logs: must be files; / is a folder"),
        (["{log}.none"], "no such file or folder: .*log.txt.none"),
        (["{log}", "--generate", "10"], "takes no LOG"),
        (["{log}", "--day", "3"], "--day: goes with --generate only"),
        (["{log}", "--drift", "0.1"], "--drift: goes with --generate only"),
        (["--generate", "10", "--carry", "x"], "--generate: does not go with --carry"),
        (["--generate", "10", "--drift", "1"], "drift: must be from 0 to below 1; received 1.0"),
        (["--generate", "10", "--max-bad-lines", "3"], "does not go with --max-bad-lines"),
        ([], "name at least one log, or use --generate ROWS"),
    ],
)
def test_wrong_usage_is_explained(log: Path, tmp_path: Path, arguments: list[str], message: str):
    given = [argument.format(log=log) for argument in arguments]
    done = run_prepare(*given, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert others(tmp_path) == []


def test_a_folder_that_is_not_empty_is_refused_unless_told_otherwise(log: Path, tmp_path: Path):
    assert run_prepare(log, "--out", tmp_path / "out").returncode == 0
    refused = run_prepare(log, "--out", tmp_path / "out", "--min-count", 3)
    assert refused.returncode == 2
    assert "--overwrite" in refused.stderr
    assert read_card(tmp_path / "out")["min_count"] == 20
    replaced = run_prepare(log, "--out", tmp_path / "out", "--min-count", 3, "--overwrite")
    assert replaced.returncode == 0
    assert read_card(tmp_path / "out")["min_count"] == 3


def test_data_are_not_replaced_by_what_borrows_from_them(log: Path, tmp_path: Path):
    assert run_prepare(log, "--out", tmp_path / "out").returncode == 0
    before = contents(tmp_path / "out")
    done = run_prepare(log, "--out", tmp_path / "out", "--like", tmp_path / "out", "--overwrite")
    assert done.returncode == 2
    assert "--like: must not be in --out" in done.stderr
    assert contents(tmp_path / "out") == before


def test_data_that_cannot_be_trained_on_are_warned_of(log: Path, tmp_path: Path):
    log.write_bytes(b"".join(line("0", I1=str(number % 3)) for number in range(200)))
    done = run_prepare(log, "--out", tmp_path / "out", "--split", "1/1/0")
    assert done.returncode == 0
    for split, lack in (("train", "no clicks"), ("valid", "no clicks"), ("test", "no rows")):
        assert f"warning: the {split} split has {lack}\n" in done.stderr
    assert "dynint train --config" not in done.stderr
    assert "out of vocabulary" not in done.stderr


def test_a_threshold_that_no_level_reaches_is_warned_of(log: Path, tmp_path: Path):
    done = run_prepare(log, "--out", tmp_path / "out", "--min-count", 1000)
    assert done.returncode == 0
    assert "warning: no level was seen 1,000 times: every value is out of voc" in done.stderr


@pytest.mark.parametrize("source", [["{log}"], ["--generate", "2000"]])
def test_a_full_disk_ends_it_cleanly(log: Path, tmp_path: Path, source: list[str]):
    given = [argument.format(log=log) for argument in source]
    code = (
        "import resource, sys, dynint\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "dynint.main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "prepare", *given, "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"error: out: cannot write {tmp_path / 'out'}" in done.stderr
    assert re.search("No space left on device|File too large", done.stderr)
    assert others(tmp_path) == []


def test_kill_9_in_mid_run_leaves_nothing_and_the_next_run_clears_up(tmp_path: Path):
    log = tmp_path / "log.txt"
    generate_log(log, 30_000)
    out = tmp_path / "out"
    command = [*DYNINT, "prepare", str(log), "--out", str(out)]
    staged = tmp_path / ".out.partial"

    def started(path: Path) -> bool:
        return path.exists() and (path.is_dir() or path.stat().st_size > 0)

    for stage in (staged, staged / "codes.tmp", staged / "train", staged / "vocabulary.npz"):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not started(stage) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if out.exists():  # It was quicker than the signal: then it is whole.
            assert {"data_card.json", "sample.jsonl", "vocabulary.npz"} <= {
                entry.name for entry in out.iterdir()
            }
            out.rename(tmp_path / f"done-{stage.name}")
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not staged.exists()
    whole = contents(out)
    assert "codes.tmp" not in whole
    for earlier in tmp_path.glob("done-*"):
        assert contents(earlier) == whole


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_it_leaves_nothing(tmp_path: Path, signal_sent: signal.Signals):
    log = tmp_path / "log.txt"
    generate_log(log, 30_000)
    process = subprocess.Popen(
        [*DYNINT, "prepare", str(log), "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / ".out.partial" / "codes.tmp").exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    process.send_signal(signal_sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in {0, 130}, errors.decode()[-6000:]
    if process.returncode:
        assert b"Traceback" not in errors
        assert not (tmp_path / "out").exists()
    assert not (tmp_path / ".out.partial").exists()
