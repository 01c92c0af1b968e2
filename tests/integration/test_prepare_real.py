import gzip
from pathlib import Path

import numpy as np
import pytest

from model.features import Encoder, Vocabulary
from tests.integration.prepared import read_all, read_card
from tests.real_data import REAL_DATA, needs_real_data
from tests.unit.data.lines import instance_of
from training.datasets.criteo import CRITEO
from training.prepare import Split, prepare

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def log() -> Path:
    assert REAL_DATA is not None
    return REAL_DATA / "criteo" / "criteo_70k.txt.gz"


@pytest.fixture(scope="module")
def folder(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("real") / "out"
    prepare([log], out, spec=CRITEO.spec(20), split=Split(seed=1))
    return out


def test_every_row_of_the_real_sample_arrives(folder: Path):
    card = read_card(folder)
    assert card["rows"] == 70_000
    assert card["positive_rate"] == pytest.approx(0.224, abs=0.001)
    shares = [card["splits"][name]["rows"] / 70_000 for name in ("train", "valid", "test")]
    np.testing.assert_allclose(shares, [0.7, 0.1, 0.2], atol=0.006)
    assert card["bad_lines"]["count"] == card["empty_lines"] == 0
    missing = {field["name"]: field["missing_share"] for field in card["fields"]}
    assert missing["I2"] == 0.0
    assert missing["I12"] > 0.7


def test_ids_of_the_real_sample_are_those_of_the_row_wise_encoder(folder: Path, log: Path):
    spec = CRITEO.spec(20)
    found = read_all(folder, spec.names)
    raw = gzip.decompress(log.read_bytes()).split(b"\n")
    chosen = list(range(0, 70_000, 13))
    labels, instances = zip(*(instance_of(raw[row]) for row in chosen), strict=True)
    vocabulary = Vocabulary.load(folder / "vocabulary.npz")
    expected = vocabulary.rows_of(Encoder(spec).fingerprint_rows(instances)).tolist()
    for row, label, ids in zip(chosen, labels, expected, strict=True):
        assert found[row][1:] == (label, ids)
