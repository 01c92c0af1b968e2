"""The Kubernetes manifests as kustomize builds them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml

from tests.unit.deploy.promql import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = tuple(sorted(path.name for path in (KUBERNETES / "overlays").iterdir()))
BUILT = ("base", *(f"overlays/{name}" for name in OVERLAYS))

Manifest = dict[str, Any]

every = pytest.mark.parametrize("folder", BUILT)


@cache
def build(folder: str) -> list[Manifest]:
    """Build a folder of ``deploy/kubernetes``."""
    found = os.environ.get("DYNINT_TEST_KUBECTL") or shutil.which("kubectl")
    if not found:
        pytest.skip("no kubectl: set DYNINT_TEST_KUBECTL or install one")
    command = [found, "kustomize", str(KUBERNETES / folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # such as a field that is deprecated
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    """Find the manifest of a kind and name."""
    (found,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and manifest["metadata"]["name"] == name
    )
    return found


def names(manifests: list[Manifest], kind: str) -> set[str]:
    """List the names of a kind."""
    return {each["metadata"]["name"] for each in manifests if each["kind"] == kind}


@dataclass
class Pods:
    """The pods of one workload.

    Attributes:
        of: its kind and name.
        owner: the workload.
        labels: of the pods.
        spec: of the pods.
    """

    of: str
    owner: Manifest
    labels: dict[str, str]
    spec: dict[str, Any]

    @property
    def containers(self) -> list[dict[str, Any]]:
        """All containers, those that run first included."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def pods(manifests: list[Manifest]) -> Iterator[Pods]:
    """List the pods of every workload."""
    for manifest in manifests:
        spec = manifest.get("spec", {})
        if manifest["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            template = spec["template"]
            of = f"{manifest['kind']}/{manifest['metadata']['name']}"
            yield Pods(of, manifest, template["metadata"]["labels"], template["spec"])


def matches(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Tell whether a label selector chooses these labels; an empty one chooses all."""
    selector = selector or {}
    wanted = selector.get("matchLabels", {}).items()
    if not all(labels.get(key) == value for key, value in wanted):
        return False
    for rule in selector.get("matchExpressions", []):
        if rule["operator"] != "In":
            raise AssertionError(f"an operator that is not used here: {rule}")
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def settings_of(manifests: list[Manifest]) -> dict[str, str]:
    """Read the gateways' settings."""
    (name,) = (name for name in names(manifests, "ConfigMap") if name.startswith("dynint-gateway-"))
    return one(manifests, "ConfigMap", name)["data"]


def first_container(manifests: list[Manifest], kind: str, name: str) -> dict[str, Any]:
    """Find the first container of a workload."""
    (found,) = (each for each in pods(manifests) if each.of == f"{kind}/{name}")
    return found.spec["containers"][0]
