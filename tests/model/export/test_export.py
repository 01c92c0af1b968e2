import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model.bundle import Bundle, EmbeddingTable, read_pointer, versions
from model.cli import app
from model.errors import CheckFailedError, InvalidInputError
from model.export import Exported, Run, export
from model.export.table import build_table
from tests.model.export.small_run import SPEC, make_run, save_run, write_prepared

REPOSITORY = Path(__file__).parents[3]


def test_the_manifest_records_where_it_comes_from_and_what_was_proven(exported: Exported):
    manifest = Bundle.open(exported.path).manifest
    assert manifest.metrics == {"test": {"auc": 0.7}}
    assert manifest.data_digest == "ab12"
    assert manifest.origin["seed"] == 5
    assert manifest.spec_digest == SPEC.digest
    assert manifest.certificate["rows"] == 160  # valid and test, two parts of 40 each
    assert manifest.certificate["source"].startswith("prepared data")
    assert manifest.certificate["max_relative_difference"] <= 1e-5
    assert manifest.model["folded"]["layers_kept"] == 2


def test_rows_that_are_zero_are_not_shipped(exported: Exported, run: Run):
    table = Bundle.open(exported.path).table
    vocabulary = run.model.vocabulary
    places = vocabulary.fields.astype(int)
    rows, states = table.lookup(vocabulary.fingerprints, places)
    np.testing.assert_array_equal(rows, run.model.table[vocabulary.rows])
    np.testing.assert_array_equal(states == 1, ~rows.any(axis=1))
    assert 0 < len(table.rows) < len(vocabulary.fingerprints)
    np.testing.assert_array_equal(table.oov, run.model.table[:4])


def test_an_export_without_data_says_that_its_rows_are_made_up(run: Run, tmp_path: Path):
    done = export(run, tmp_path, "dynint")
    assert done.manifest.certificate["source"].startswith("synthesised")
    assert done.manifest.certificate["rows"] == 10_000


def test_the_data_a_run_was_trained_on_is_found_while_it_is_the_same(run: Run, tmp_path: Path):
    data = write_prepared(run, tmp_path / "prepared")
    trained = Run(run.model, {"data": {"digest": "ab12", "path": str(data)}})
    assert trained.prepared_data() == data
    (data / "data_card.json").write_text('{"digest": "cd34"}')
    assert trained.prepared_data() is None
    assert run.prepared_data() is None


def test_a_run_that_is_not_finished_is_refused(run: Run):
    with pytest.raises(InvalidInputError, match=r"must be finished; its run\.json says 'diverged'"):
        Run(run.model, {"status": "diverged"})


def test_data_prepared_otherwise_is_refused(run: Run, tmp_path: Path):
    data = write_prepared(run, tmp_path / "prepared")
    spec = json.loads((data / "feature_spec.json").read_text())
    spec["min_count"] = 3
    (data / "feature_spec.json").write_text(json.dumps(spec))
    with pytest.raises(InvalidInputError, match="data: must be prepared with the model's"):
        export(run, tmp_path / "releases", "dynint", data)
    with pytest.raises(InvalidInputError, match=r"data: must be a folder written by .*not exist"):
        export(run, tmp_path / "releases", "dynint", tmp_path / "nowhere")
    assert not (tmp_path / "releases").exists()


def test_weights_that_are_not_finite_are_refused(tmp_path: Path):
    run = make_run()
    run.model.network.interactions[0].U.assign(np.full((16, 64), np.nan))
    with pytest.raises(CheckFailedError, match="weights must be finite"):
        export(run, tmp_path, "dynint")
    run = make_run("lr")
    run.model.network.bias.assign(np.inf)
    with pytest.raises(CheckFailedError, match="must be finite"):
        export(run, tmp_path, "dynint")
    run = make_run()
    run.model.table[7, 0] = np.nan
    with pytest.raises(CheckFailedError, match="table: must be finite; row 7"):
        export(run, tmp_path, "dynint")
    assert versions(tmp_path / "dynint") == []


def test_metrics_that_json_has_no_words_for_are_refused(tmp_path: Path):
    run = make_run("lr")
    run.about["metrics"] = {"auc": float("nan")}
    with pytest.raises(InvalidInputError, match="metrics must be finite"):
        export(run, tmp_path, "dynint")
    assert versions(tmp_path / "dynint") == []


def test_a_network_too_wild_for_float32_gets_no_certificate(tmp_path: Path):
    run = make_run("dynint_dwp", scale=3.0)
    with pytest.raises(CheckFailedError, match="folding: logits must agree"):
        export(run, tmp_path, "dynint")
    assert versions(tmp_path / "dynint") == []


def test_a_vocabulary_without_levels_has_a_table(run: Run):
    from model.features import Vocabulary

    empty = Vocabulary.from_counts(SPEC, [(np.zeros(0, np.uint64), np.zeros(0, np.int64))] * 4)
    table = build_table(empty, np.ones((4, 3), np.float32))
    assert isinstance(table, EmbeddingTable)
    assert table.oov.shape == (4, 3)


def test_the_commands_in_their_order(run: Run, prepared: Path, tmp_path: Path):
    folder = save_run(run, tmp_path / "run")
    root = ["--root", str(tmp_path / "my releases")]

    def call(*arguments: str, code: int = 0) -> dict:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout.splitlines()[-1]) if not code else {}

    first = call("export", "--run", str(folder), *root, "--data", str(prepared), "--promote")
    assert (first["version"], first["live"]) == ("1", True)
    second = call("export", "--run", str(folder), *root)
    assert second["next"] == f"dynint promote --root '{tmp_path / 'my releases'}' --name dynint 2"
    checked = call("verify", second["path"])
    assert (checked["version"], checked["stamped"]) == ("2", True)
    assert checked["manifest_digest"] == second["manifest_digest"]
    assert call("verify", *root)["version"] == "1"  # the live one
    assert call("promote", *root, "2") == {
        "name": "dynint",
        "current": "2",
        "previous": "1",
        "canary": None,
    }
    assert call("rollback", *root)["current"] == "1"
    (Path(second["path"]) / "fingerprint.pb").write_bytes(b"altered")
    call("verify", second["path"], code=1)
    call("promote", *root, "2", code=1)
    call("promote", *root, "two", code=2)
    call("promote", *root, "99", code=2)
    call("promote", "--root", str(tmp_path / "nowhere"), "1", code=2)
    call("verify", str(tmp_path / "nowhere"), code=2)
    call("verify", code=2)
    call("verify", "", code=2)
    call("verify", str(tmp_path), code=2)
    call("export", "--run", str(tmp_path / "nowhere"), *root, code=2)
    call("export", "--run", str(folder), *root, "--name", "../other", code=2)
    assert versions(tmp_path / "my releases" / "dynint") == [1, 2]


def test_a_run_that_cannot_be_exported_is_named_in_one_line(run: Run, tmp_path: Path):
    altered = save_run(run, tmp_path / "altered")
    np.save(altered / "model" / "table.npy", run.model.table[::-1].copy())
    running = tmp_path / "running"
    running.mkdir()
    (running / "run.json").write_text('{"status": "running"}')
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder, text in (
        (altered, "table.npy was altered"),
        (running, "must be finished; its run.json says 'running'"),
        (empty, f"there is no {empty / 'model' / 'model.json'}"),
        (tmp_path / "nowhere", f"{tmp_path / 'nowhere'} does not exist"),
    ):
        options = ["export", "--run", str(folder), "--root", str(tmp_path / "releases")]
        result = CliRunner().invoke(app, [*options, "--promote"])
        assert result.exit_code == 2
        error = result.stderr.splitlines()[-1]
        assert error.startswith("error: ")
        assert text in error
    assert not (tmp_path / "releases").exists()


SCRIPT = """
import os, resource, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
from pathlib import Path
from model.errors import DynIntError
from model.export import Run, export

def tell(text):
    print(text, flush=True)
    if sys.argv[3] in text:
        sys.stdin.read()

run = Run.load(Path(sys.argv[1]))
if sys.argv[3] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    export(run, Path(sys.argv[2]), "dynint", tell=tell)
except DynIntError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def start(run: Path, root: Path, moment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(run), str(root), moment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("writing", marks=pytest.mark.slow),
        pytest.param("proving", marks=pytest.mark.slow),
        pytest.param("verifying", marks=pytest.mark.slow),
    ],
)
def test_a_killed_export_leaves_the_old_version_and_is_cleaned_up(
    run: Run, tmp_path: Path, moment: str
):
    folder = save_run(run, tmp_path / "run")
    first = export(run, tmp_path / "releases", "dynint")
    with start(folder, tmp_path / "releases", moment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if moment in line:
                break
        process.send_signal(signal.SIGKILL)
    model_dir = tmp_path / "releases" / "dynint"
    assert versions(model_dir) == [1]
    assert Bundle.open(first.path, full=True).version == 1
    assert len(list(model_dir.glob(".staging-*"))) == 1
    assert read_pointer(model_dir) is None
    assert export(run, tmp_path / "releases", "dynint").version == "2"
    assert not list(model_dir.glob(".staging-*"))


@pytest.mark.slow
def test_without_room_for_the_savedmodel_nothing_appears(run: Run, tmp_path: Path):
    folder = save_run(run, tmp_path / "run")
    with start(folder, tmp_path / "releases", "full") as process:
        output, errors = process.communicate()
    assert process.returncode == 2, errors
    assert "written" in output
    assert versions(tmp_path / "releases" / "dynint") == []
    assert not list((tmp_path / "releases" / "dynint").glob(".staging-*"))
