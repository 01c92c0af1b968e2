"""What is left of ``replace_folder`` when its process is killed at any moment."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.trained import replace_folder as module
from model.trained.replace_folder import clear_leftovers, replace_folder


class KilledError(BaseException):
    """Stands for the end of a process."""


def write(path: Path, text: str) -> None:
    with replace_folder(path) as staged:
        (staged / "text").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def kill_at(moment: int, patch: pytest.MonkeyPatch) -> None:
    """Let so many flushes, renames and removals happen, then none."""
    left = moment

    def until(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return call(*arguments, **options)

        return called

    patch.setattr(module, "_flush", until(module._flush))
    patch.setattr(Path, "rename", until(Path.rename))
    patch.setattr(module.shutil, "rmtree", until(shutil.rmtree))


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("moment", range(8))
def test_the_old_one_or_the_new_one_is_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int, there: bool, exchange: bool
):
    path = tmp_path / "model"
    if there:
        write(path, "old")
    with monkeypatch.context() as patch:
        if not exchange:
            patch.setattr(module.ctypes, "CDLL", lambda name: None)
        kill_at(moment, patch)
        try:
            write(path, "new")
        except KilledError:
            assert moment < 7
    clear_leftovers(path)
    if there or path.exists():
        assert (path / "text").read_text() in ({"old", "new"} if there else {"new"})
    assert names(tmp_path) in ([], ["model"])
    write(path, "newest")
    assert (path / "text").read_text() == "newest"
    assert names(tmp_path) == ["model"]


def test_a_folder_set_aside_alone_comes_back(tmp_path: Path):
    (tmp_path / ".model.ab12cd34.old").mkdir()
    (tmp_path / ".model.ab12cd34.old" / "text").write_text("old")
    clear_leftovers(tmp_path / "model")
    assert (tmp_path / "model" / "text").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_what_has_another_name_is_kept(tmp_path: Path):
    for name in (".models", ".models.ab12cd34", "model.old", ".model"):
        (tmp_path / name).mkdir()
    (tmp_path / ".model.note").write_text("mine")
    before = names(tmp_path)
    clear_leftovers(tmp_path / "model")
    assert names(tmp_path) == before
