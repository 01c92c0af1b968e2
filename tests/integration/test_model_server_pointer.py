"""Which versions are served: those that ``current.json`` names, all, or the highest."""

import time
from pathlib import Path

import grpc
import pytest
from typer.testing import CliRunner

from model.bundle import Canary, Pointer, write_pointer
from model.wire import ServedModel
from service.cli import app
from tests.integration.model_server_support import Client, save_version, serving, wait_for


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for version in (1, 2, 3):
        save_version(tmp_path / "ctr", version)
    return tmp_path / "ctr"


def available(client: Client) -> set[int]:
    return {number for number, state in client.states().items() if state == "AVAILABLE"}


def stable(client: Client) -> int | None:
    """Tell which version the label ``stable`` reaches, if there is one."""
    try:
        return client.version(label="stable")
    except grpc.RpcError:
        return None


def test_without_a_pointer_every_version_is_served(base: Path):
    with serving(base) as client:
        assert available(client) == {1, 2, 3}


def test_an_export_that_is_not_promoted_unloads_nothing(base: Path):
    write_pointer(base, Pointer("2", "1"))
    with serving(base) as client:
        assert available(client) == {1, 2}
        assert client.version() == 2

        save_version(base, 4)
        write_pointer(base, Pointer("2", "1", Canary("3", 0.1)))  # the server looks at both
        wait_for(lambda: available(client) == {1, 2, 3}, "the canary")
        assert 4 not in client.states()


def test_a_promotion_and_a_rollback_are_followed(base: Path):
    write_pointer(base, Pointer("1"))
    with serving(base) as client:
        assert available(client) == {1}
        for pointer in (Pointer("2", "1"), Pointer("3", "2"), Pointer("2", "3")):
            write_pointer(base, pointer)
            named = {int(pointer.current), int(pointer.previous)}
            wait_for(lambda named=named: available(client) == named, f"versions {named}")


def test_a_version_that_a_promotion_waits_for_is_loaded(base: Path):
    write_pointer(base, Pointer("1"))
    with serving(base) as client:
        write_pointer(base, Pointer("1", awaited="3"))
        wait_for(lambda: available(client) == {1, 3}, "the awaited version")
        write_pointer(base, Pointer("1"))
        wait_for(lambda: available(client) == {1}, "the live version alone")


def test_the_list_for_tf_serving_is_followed_with_its_labels(
    base: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DYNINT_TF_SERVING_ROOT", str(base.parent))
    write_pointer(base, Pointer("1"))
    with serving(base, root=None, config_file=base / "tf_serving.config") as client:
        assert available(client) == {1}
        # A label in the same write as its version would be refused with it, for ever.
        write_pointer(base, Pointer("2", "1"))
        wait_for(lambda: available(client) == {1, 2}, "both")
        write_pointer(base, Pointer("2", "1", awaited="3"))
        wait_for(lambda: available(client) == {1, 2, 3}, "the awaited version")
        wait_for(lambda: stable(client) == 2, "the label")
        write_pointer(base, Pointer("3", "2"))
        wait_for(lambda: available(client) == {2, 3}, "what the pointer names")
        wait_for(lambda: stable(client) == 3, "the label")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"{", "is not a valid pointer"),
        (b'{"current": "../3"}', "is not a valid pointer"),
        (b'{"current": "9"}', "version 9 must be there; it is not"),
    ],
)
def test_a_pointer_that_cannot_be_followed_changes_nothing(base, content, text, capsys):
    write_pointer(base, Pointer("2", "1"))
    with serving(base) as client:
        (base / "current.json").write_bytes(content)
        told: list[str] = []

        def complained() -> bool:
            told.append(capsys.readouterr().err)
            return text in "".join(told)

        wait_for(complained, "a complaint")
        assert available(client) == {1, 2}
        write_pointer(base, Pointer("3", "2"))
        wait_for(lambda: available(client) == {2, 3}, "what a good pointer names")


def test_a_folder_that_was_a_link_for_a_while_is_followed_again(base: Path, tmp_path: Path):
    write_pointer(base, Pointer("1"))
    elsewhere = tmp_path / "elsewhere"
    with serving(base) as client:
        base.rename(elsewhere)
        base.symlink_to(elsewhere)
        write_pointer(elsewhere, Pointer("2", "1"))
        time.sleep(1.0)  # some looks at it
        assert available(client) == {1}
        base.unlink()
        elsewhere.rename(base)
        wait_for(lambda: available(client) == {1, 2}, "what the pointer names")


def test_all_versions_or_the_latest_only_when_asked_for(base: Path):
    write_pointer(base, Pointer("1"))
    with serving(base, all_versions=True) as client:
        assert available(client) == {1, 2, 3}
    with serving(base, latest_only=True) as client:
        assert available(client) == {3}


def test_a_reload_holds_until_the_next_promotion(base: Path):
    write_pointer(base, Pointer("2", "1"))
    with serving(base) as client:
        client.reload([ServedModel("ctr", str(base), (1, 3))])
        wait_for(lambda: available(client) == {1, 3}, "what the reload asked for")
        write_pointer(base, Pointer("3", "2"))
        wait_for(lambda: available(client) == {2, 3}, "what the pointer names")


@pytest.mark.parametrize("name", ["../ctr", "a/b", ".ctr", "", "..", "-x"])
def test_a_name_that_leads_elsewhere_is_refused(base: Path, name: str):
    for option in ([], ["--all-versions"]):
        command = ["model-server", "--root", str(base.parent), f"--name={name}", *option]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2
        assert "error: name: must be letters, digits" in result.stderr


def test_all_and_latest_exclude_each_other(base: Path):
    command = ["model-server", "--root", str(base.parent), "--all-versions", "--latest-only"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "give one of them; received both" in result.stderr
