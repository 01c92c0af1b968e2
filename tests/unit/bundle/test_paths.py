"""Names lead to folders below the root, and nowhere else."""

from pathlib import Path

import pytest

from model.bundle.candidate import Candidate
from model.bundle.model_dir import require_folder
from model.bundle.paths import bundle_folder, check_version, model_folder
from model.bundle.retention import retain_candidates
from model.errors import InvalidInputError

ODD_NAMES = [
    *("", ".", "..", "../other", "a/b", "/etc", "a\\b", "a\x00", "a\n", " a", "-a", ".hidden"),
    *("ä", "a" * 129, "~", "a:b", "%2e%2e"),
]
ODD_VERSIONS = [
    "",
    "0",
    "01",
    "-1",
    "+1",
    "1.0",
    "1\n",
    " 1",
    "²",
    "\u0661",
    "1/../2",
    "..",
    True,
    "1" * 19,
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_what_is_no_plain_name_leads_nowhere(tmp_path: Path, name: str):
    with pytest.raises(InvalidInputError, match="name: must be letters"):
        model_folder(tmp_path, name)


@pytest.mark.parametrize("version", ODD_VERSIONS)
def test_what_is_no_version_leads_nowhere(tmp_path: Path, version: str | bool):
    with pytest.raises(InvalidInputError, match="version: must match"):
        bundle_folder(tmp_path, "dynint", version)


@pytest.mark.parametrize("name", ["dynint", "a", "A-b_c.d", "a..b", "_", "a" * 128])
def test_what_is_found_is_two_levels_below_the_resolved_root(tmp_path: Path, name: str):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    folder = bundle_folder(tmp_path / "link", name, 7)
    assert folder == (tmp_path / "real").resolve() / name / "7"
    assert folder.resolve() == folder


def test_a_root_that_is_a_circle_of_symlinks_is_refused(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    root = tmp_path / "a"
    for call in (
        lambda: require_folder(model_folder(root, "dynint")),
        lambda: bundle_folder(root, "dynint", 1),
        lambda: Candidate.open(root, "0001-00000000"),
        lambda: retain_candidates(root, 0),
    ):
        with pytest.raises(InvalidInputError, match=f"{tmp_path}/a"):
            call()


def test_a_version_is_given_back_as_its_digits():
    assert check_version(7) == check_version("7") == "7"
