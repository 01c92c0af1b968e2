"""Network policies: what must reach what can, and nothing else does."""

from typing import Any

import pytest

from tests.unit.deploy.manifests import Manifest, build, matches

pytestmark = pytest.mark.slow

GATEWAY, SERVER, REDIS, FORM, RETRAIN, BATCH = (
    *("gateway", "model-server", "redis"),
    *("redis-form", "retrain", "batch-metrics"),
)
PROMETHEUS = "prometheus"
STRANGER = "stranger"

NEEDED = [
    *((STRANGER, GATEWAY, 8080), (RETRAIN, GATEWAY, 8081)),
    *((GATEWAY, SERVER, 8500), (RETRAIN, SERVER, 8500)),
    *((GATEWAY, REDIS, 6379), (RETRAIN, REDIS, 6379), (FORM, REDIS, 6379)),
    *((REDIS, REDIS, 6379), (REDIS, REDIS, 16379)),
]
SCRAPED = [(PROMETHEUS, GATEWAY, 8081), (PROMETHEUS, SERVER, 8501), (PROMETHEUS, BATCH, 9100)]
REFUSED = [
    *((STRANGER, GATEWAY, 8081), (STRANGER, SERVER, 8500), (STRANGER, SERVER, 8501)),
    *((STRANGER, REDIS, 6379), (STRANGER, REDIS, 16379), (GATEWAY, REDIS, 16379)),
    *((SERVER, REDIS, 6379), (SERVER, GATEWAY, 8080), (REDIS, GATEWAY, 8080)),
    *(
        (GATEWAY, RETRAIN, 8080),
        (RETRAIN, GATEWAY, 8080),
        (GATEWAY, GATEWAY, 8081),
        (PROMETHEUS, REDIS, 6379),
    ),
    *((GATEWAY, STRANGER, 443), (SERVER, STRANGER, 443), (REDIS, STRANGER, 443)),
]


def labels_of(who: str) -> dict[str, str]:
    if who in {STRANGER, PROMETHEUS}:
        return {"app.kubernetes.io/name": who}
    return {"app.kubernetes.io/name": "dynint", "app.kubernetes.io/component": who}


def namespace_of(who: str) -> dict[str, str]:
    space = {PROMETHEUS: "monitoring", STRANGER: "elsewhere"}.get(who, "dynint")
    return {"kubernetes.io/metadata.name": space}


def is_peer(rule: list[dict[str, Any]] | None, who: str) -> bool:
    if not rule:
        return True
    for peer in rule:
        here = namespace_of(who) == namespace_of(GATEWAY)
        space = peer.get("namespaceSelector")
        in_space = here if space is None else matches(space, namespace_of(who))
        if in_space and matches(peer.get("podSelector"), labels_of(who)):
            return True
    return False


def is_open(policies: list[Manifest], direction: str, own: str, other: str, port: int) -> bool:
    """Tell whether policies let ``own`` receive from, or send to, ``other``."""
    kind, peers = ("Ingress", "from") if direction == "in" else ("Egress", "to")
    if namespace_of(own) != namespace_of(GATEWAY):
        return True
    chosen = [
        policy["spec"]
        for policy in policies
        if kind in policy["spec"]["policyTypes"]
        and matches(policy["spec"]["podSelector"], labels_of(own))
    ]
    assert chosen, f"{own} has no policy for {kind}"
    return any(
        is_peer(rule.get(peers), other)
        and ("ports" not in rule or any(each["port"] == port for each in rule["ports"]))
        for spec in chosen
        for rule in spec.get(kind.lower(), [])
    )


def may(policies: list[Manifest], edge: tuple[str, str, int]) -> bool:
    source, target, port = edge
    return is_open(policies, "out", source, target, port) and is_open(
        policies, "in", target, source, port
    )


def policies_of(folder: str) -> list[Manifest]:
    return [manifest for manifest in build(folder) if manifest["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize("folder", ["base", "overlays/production", "overlays/gpu", "overlays/arm"])
def test_each_needed_way_is_open_and_the_others_are_not(folder: str):
    policies = policies_of(folder)
    scraped = folder == "overlays/production"
    for edge in [*NEEDED, *(SCRAPED if scraped else [])]:
        assert may(policies, edge), edge
    for edge in [*REFUSED, *([] if scraped else SCRAPED)]:
        assert not may(policies, edge), edge


def test_a_gateway_by_itself_is_reached_and_reaches_nobody():
    policies = policies_of("overlays/development")
    assert may(policies, (STRANGER, GATEWAY, 8080))
    assert may(policies, (RETRAIN, GATEWAY, 8081))
    assert not is_open(policies, "out", GATEWAY, STRANGER, 443)


def test_without_a_policy_its_way_is_shut():
    """The other tests can fail."""
    policies = [
        policy
        for policy in policies_of("base")
        if policy["metadata"]["name"] != "dynint-to-model-server"
    ]
    assert not may(policies, (GATEWAY, SERVER, 8500))


@pytest.mark.parametrize("who", [GATEWAY, SERVER, REDIS, FORM, RETRAIN])
def test_names_can_be_asked_for(who: str):
    dns = {"k8s-app": "kube-dns"}
    rules = [
        rule
        for policy in policies_of("base")
        if matches(policy["spec"]["podSelector"], labels_of(who))
        for rule in policy["spec"].get("egress", [])
        if any(matches(peer.get("podSelector"), dns) for peer in rule["to"])
    ]
    assert {(each["port"], each["protocol"]) for rule in rules for each in rule["ports"]} == {
        (53, "UDP"),
        (53, "TCP"),
    }
