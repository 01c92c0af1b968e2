"""One exported bundle for the tests that only read it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pathlib import Path

import pytest

from model.export import Exported, Run, export
from tests.model.export.small_run import make_run, write_prepared


@pytest.fixture(scope="session")
def run() -> Run:
    return make_run()


@pytest.fixture(scope="session")
def prepared(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_prepared(run, tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="session")
def exported(run: Run, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export(run, tmp_path_factory.mktemp("releases"), "dynint", prepared, tokens=True)
