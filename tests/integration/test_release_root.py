"""A SavedModel is a program: what a gateway, or the model server, refuses to load from a release root."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.bundle import Pointer, write_pointer
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.model_server_support import serving, wait_for
from tests.integration.processes import local_gateway, wait_until


def link_version(folder: Path, outside: Path) -> None:
    """Put a link to a whole bundle outside the root in the version's place."""
    shutil.move(folder / "2", outside / "2")
    (folder / "2").symlink_to(outside / "2")


def link_file(folder: Path, outside: Path) -> None:
    """Put a link to the very same bytes in a file's place."""
    shutil.move(folder / "2" / "saved_model.pb", outside)
    (folder / "2" / "saved_model.pb").symlink_to(outside / "saved_model.pb")


def link_folder(folder: Path, outside: Path) -> None:
    """Put a link to the same files in a folder's place."""
    shutil.move(folder / "2" / "embeddings", outside)
    (folder / "2" / "embeddings").symlink_to(outside / "embeddings")


def drop_manifest(folder: Path, outside: Path) -> None:
    """Take the manifest away."""
    (folder / "2" / "manifest.json").unlink()


def add_file(folder: Path, outside: Path) -> None:
    """Add what the manifest does not list."""
    (folder / "2" / "assets.extra").mkdir(exist_ok=True)
    (folder / "2" / "assets.extra" / "library.so").write_bytes(b"\x7fELF")


def swap_graph(folder: Path, outside: Path) -> None:
    """Put another version's program in the place of this one's."""
    graph = folder / "2" / "saved_model.pb"
    graph.write_bytes(graph.read_bytes() + b"\x00")


def pickle_table(folder: Path, outside: Path) -> None:
    """Put a pickle in the place of an array."""
    np.save(folder / "2" / "embeddings" / "rows.npy", np.array([object()]), allow_pickle=True)


SABOTAGE = [
    *(link_version, link_file, link_folder, drop_manifest, add_file, swap_graph, pickle_table)
]
Sabotage = Callable[[Path, Path], None]


def settings(root: Path) -> Settings:
    return Settings(release_root=root, model_name="sums", pointer_poll_ms=10)


@pytest.mark.parametrize("sabotage", SABOTAGE, ids=lambda each: each.__name__)
def test_a_gateway_refuses_it_and_goes_on(releases: Path, tmp_path: Path, sabotage: Sabotage):
    outside = tmp_path / "outside"
    outside.mkdir()
    with local_gateway(settings(releases), SumScorer()) as gateway:
        sabotage(releases / "sums", outside)
        write_pointer(releases / "sums", Pointer("2", "1"))
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])
        assert gateway.predict([{}])["version"] == "1"
        assert gateway.is_ready()
        problem = gateway.client.get("/healthz").json()["problem"]
        assert problem
        assert str(tmp_path) not in problem


@pytest.mark.parametrize(
    "version", ["../../outside/2", "2/../2", "02", "+2", "²", "2\n", "", 2, None]
)
def test_a_pointer_leads_to_versions_only(releases: Path, tmp_path: Path, version: object):
    shutil.copytree(releases / "sums" / "2", tmp_path / "outside" / "2")
    with local_gateway(settings(releases), SumScorer()) as gateway:
        (releases / "sums" / "current.json").write_text(json.dumps({"current": version}))
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])
        assert gateway.predict([{}])["version"] == "1"
        assert gateway.metric("dynint_live_version", model="sums", model_version="2") == 0


def test_a_model_whose_folder_is_a_link_is_not_served(releases: Path, tmp_path: Path):
    shutil.move(releases / "sums", tmp_path / "elsewhere")
    (releases / "sums").symlink_to(tmp_path / "elsewhere")
    with local_gateway(settings(releases), SumScorer(), ready=False) as gateway:
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])
        assert gateway.client.get("/readyz").status_code == 503
        assert gateway.client.post("/predict", json={"instances": [{}]}).status_code == 503


def test_a_model_whose_folder_becomes_a_link_is_told_of_and_followed_again(
    releases: Path, tmp_path: Path
):
    folder, elsewhere = releases / "sums", tmp_path / "elsewhere"
    with local_gateway(settings(releases), SumScorer()) as gateway:
        shutil.move(folder, elsewhere)
        folder.symlink_to(elsewhere)
        write_pointer(elsewhere, Pointer("2", "1"))
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])
        assert gateway.predict([{}])["version"] == "1"
        folder.unlink()
        shutil.move(elsewhere, folder)
        wait_until(lambda: gateway.predict([{}])["version"] == "2")


@pytest.mark.parametrize("name", ["current.json", "2/manifest.json"])
def test_a_pipe_holds_nobody_up(releases: Path, name: str):
    file = releases / "sums" / name
    with local_gateway(settings(releases), SumScorer()) as gateway:
        was = file.read_bytes()
        file.unlink()
        os.mkfifo(file)  # nobody writes to it
        if name != "current.json":
            write_pointer(releases / "sums", Pointer("2", "1"))
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])
        assert gateway.predict([{}])["version"] == "1"
        file.unlink()
        file.write_bytes(was)
        write_pointer(releases / "sums", Pointer("2", "1"))
        wait_until(lambda: gateway.predict([{}])["version"] == "2")


def test_a_pipe_in_a_version_beside_holds_nobody_up(releases: Path):
    file = releases / "sums/1/feature_spec.json"
    file.unlink()
    os.mkfifo(file)
    write_pointer(releases / "sums", Pointer("2", "1"))
    with local_gateway(settings(releases), SumScorer()) as gateway:
        assert gateway.predict([{}])["version"] == "2"
        write_pointer(releases / "sums", Pointer("3", "2"))
        wait_until(lambda: gateway.client.get("/healthz").json()["problem"])  # there is no 3
        write_pointer(releases / "sums", Pointer("2", "1"))
        wait_until(lambda: not gateway.client.get("/healthz").json()["problem"])


@pytest.mark.parametrize(
    "sabotage", [link_file, link_folder, add_file, swap_graph], ids=lambda each: each.__name__
)
def test_the_model_server_refuses_it_and_goes_on(
    releases: Path, tmp_path: Path, sabotage: Sabotage
):
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = releases / "dynint"
    with serving(folder) as client:
        assert client.states("dynint") == {1: "AVAILABLE"}
        sabotage(folder, outside)
        write_pointer(folder, Pointer("2", "1"))
        wait_for(lambda: client.states("dynint").get(2) == "END", "the end of the altered one")
        assert client.states("dynint")[1] == "AVAILABLE"
