import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.bundle import Bundle
from model.bundle.sealed_json import write_sealed
from model.bundle.stamp import stamp_is_valid, stamp_path
from model.errors import BundleError
from tests.unit.bundle.small_bundle import SPEC, TABLE, write_bundle, write_manifest

FILES = (
    "manifest.json",
    "golden.json",
    "feature_spec.json",
    "saved_model.pb",
    "variables/variables.data-00000-of-00001",
    "variables/variables.index",
    "assets.extra/tf_serving_warmup_requests",
    "embeddings/fingerprints.npy",
    "embeddings/index.npy",
    "embeddings/rows.npy",
    "embeddings/oov.npy",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "dynint" / "7")


def test_opens_with_its_parts(path: Path):
    bundle = Bundle.open(path, full=True)
    assert (bundle.name, bundle.version, bundle.spec) == ("dynint", 7, SPEC)
    assert bundle.manifest.metrics == {"test": {"auc": 0.75}}
    assert bundle.golden().logits == (0.25,)
    digest = hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()
    assert bundle.manifest_digest == digest
    np.testing.assert_array_equal(bundle.table.rows, TABLE.rows)


def test_lists_plain_sha256_digests(path: Path):
    files = Bundle.open(path).manifest.files
    assert sorted(files) == sorted(set(FILES) - {"manifest.json"})
    for name, digest in files.items():
        assert digest.sha256 == hashlib.sha256((path / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FILES)
def test_finds_a_flipped_bit_anywhere(path: Path, name: str):
    Bundle.open(path, full=True).stamp()
    data = (path / name).read_bytes()
    stride = 1 + len(data) // 150
    for place in [*range(0, len(data), stride), len(data) - 1]:
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        (path / name).write_bytes(flipped)
        with pytest.raises(BundleError, match=Path(name).name):
            Bundle.open(path)
    (path / name).write_bytes(data)
    Bundle.open(path)


@pytest.mark.parametrize("name", FILES)
def test_finds_a_truncated_a_longer_and_a_missing_file(path: Path, name: str):
    data = (path / name).read_bytes()
    for altered in (data[:-1], data[: len(data) // 2], b"", data + b"\0"):
        (path / name).write_bytes(altered)
        with pytest.raises(BundleError, match=Path(name).name):
            Bundle.open(path)
    (path / name).unlink()
    with pytest.raises(BundleError):
        Bundle.open(path)


def test_finds_files_and_folders_that_do_not_belong(path: Path):
    (path / "embeddings/.hidden").write_bytes(b"")
    with pytest.raises(BundleError, match=r"\.hidden: the manifest does not list it"):
        Bundle.open(path)
    (path / "embeddings/.hidden").unlink()
    (path / "assets").mkdir()
    with pytest.raises(BundleError, match="assets: an empty folder"):
        Bundle.open(path)


def test_refuses_symlinks_inside_and_as_the_version(path: Path, tmp_path: Path):
    link = path.parent / "8"
    link.symlink_to(path)
    with pytest.raises(BundleError, match="symlink"):
        Bundle.open(link)
    shutil.move(path / "saved_model.pb", tmp_path / "elsewhere")
    (path / "saved_model.pb").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match=r"saved_model\.pb: only plain files"):
        Bundle.open(path)


def test_refuses_pipes(path: Path):
    (path / "golden.json").unlink()
    os.mkfifo(path / "golden.json")
    with pytest.raises(BundleError, match=r"golden\.json: only plain files"):
        Bundle.open(path)


@pytest.mark.parametrize("name", ["0", "07", "-1", "v1", "1.0", "\u0661", "1" * 19])
def test_refuses_a_folder_that_is_no_version(path: Path, name: str):
    with pytest.raises(BundleError, match="named by its version"):
        Bundle.open(path.rename(path.with_name(name)))


def test_refuses_a_spec_that_is_not_the_manifest_s(path: Path):
    text = (path / "feature_spec.json").read_text()
    (path / "feature_spec.json").write_text(text.replace("C1", "C9"))
    write_manifest(path)
    with pytest.raises(BundleError, match=r"feature_spec\.json: its digest must be"):
        Bundle.open(path)


def test_refuses_a_table_that_is_not_the_spec_s(path: Path):
    np.save(path / "embeddings/oov.npy", np.zeros((3, 2), np.float32))
    write_manifest(path)
    with pytest.raises(BundleError, match="one OOV row for each of 2 fields"):
        Bundle.open(path)


def test_a_full_check_refuses_numbers_that_are_not_finite(path: Path):
    np.save(path / "embeddings/oov.npy", np.full((2, 2), np.nan, np.float32))
    write_manifest(path)
    with pytest.raises(BundleError, match=r"oov\.npy: must be finite"):
        Bundle.open(path, full=True)


def test_refuses_another_schema(path: Path):
    from model.bundle.sealed_json import read_sealed

    content = read_sealed(path / "manifest.json")
    write_sealed(path / "manifest.json", {**content, "schema": 2})
    with pytest.raises(BundleError, match="schema must be 1; received 2"):
        Bundle.open(path)


def test_gates_must_be_sealed_for_this_manifest(path: Path):
    digest = Bundle.open(path).manifest_digest
    write_sealed(path / "gates.json", {"manifest": digest, "gates": []})
    Bundle.open(path)
    write_sealed(path / "gates.json", {"manifest": "0" * 64, "gates": []})
    with pytest.raises(BundleError, match=r"gates\.json: belongs to another"):
        Bundle.open(path)
    (path / "gates.json").write_text("{}")
    with pytest.raises(BundleError, match=r"gates\.json"):
        Bundle.open(path)


def test_a_missing_bundle_is_named(tmp_path: Path):
    with pytest.raises(BundleError, match="found none"):
        Bundle.open(tmp_path / "3")
    (tmp_path / "3").mkdir()
    (tmp_path / "3/saved_model.pb").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"manifest\.json: is missing"):
        Bundle.open(tmp_path / "3")


class TestChunks:
    """With chunks of 64 bytes every file is a big one."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return write_bundle(tmp_path / "dynint" / "7", chunk_bytes=64)

    def test_every_chunk_is_checked_without_a_stamp(self, path: Path):
        data = (path / "saved_model.pb").read_bytes()
        for place in range(0, len(data), 7):
            flipped = bytearray(data)
            flipped[place] ^= 1
            (path / "saved_model.pb").write_bytes(flipped)
            with pytest.raises(BundleError, match=r"saved_model\.pb"):
                Bundle.open(path)

    def test_the_damaged_chunk_is_named(self, path: Path):
        data = bytearray((path / "saved_model.pb").read_bytes())
        data[200] ^= 1
        (path / "saved_model.pb").write_bytes(data)
        with pytest.raises(BundleError, match="in bytes 192 to 256"):
            Bundle.open(path)

    def test_with_a_stamp_only_the_ends_are_read(self, path: Path):
        read: list[int] = []
        Bundle.open(path, advance=read.append)
        whole = read[-1]
        Bundle.open(path).stamp()
        Bundle.open(path, advance=read.append)
        assert read[-1] < whole
        Bundle.open(path, full=True, advance=read.append)
        assert read[-1] == whole == Bundle.open(path).manifest.size

    def test_a_change_is_found_though_size_and_modification_time_are_put_back(self, path: Path):
        Bundle.open(path).stamp()
        file = path / "saved_model.pb"
        before = file.stat()
        data = bytearray(file.read_bytes())
        data[200] ^= 1
        file.write_bytes(data)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert file.stat().st_mtime_ns == before.st_mtime_ns
        with pytest.raises(BundleError, match=r"saved_model\.pb"):
            Bundle.open(path)


def test_a_stamp_is_void_for_a_copy_and_the_copy_opens_all_the_same(path: Path):
    bundle = Bundle.open(path, full=True)
    bundle.stamp()
    copy = path.parent.parent / "other" / "7"
    shutil.copytree(path.parent, copy.parent)
    from model.bundle.paths import regular_files

    assert stamp_is_valid(stamp_path(path), bundle.manifest_digest, regular_files(path))
    assert not stamp_is_valid(stamp_path(copy), bundle.manifest_digest, regular_files(copy))
    assert Bundle.open(copy).manifest_digest == bundle.manifest_digest


def test_a_damaged_stamp_is_void(path: Path):
    bundle = Bundle.open(path, full=True)
    bundle.stamp()
    stamp_path(path).write_text("{")
    from model.bundle.paths import regular_files

    assert not stamp_is_valid(stamp_path(path), bundle.manifest_digest, regular_files(path))
    assert Bundle.open(path).version == 7
