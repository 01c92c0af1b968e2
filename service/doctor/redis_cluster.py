"""A Redis Cluster as one of its nodes sees it: which slots nobody serves, and whose they were."""

from collections.abc import Mapping

from redis.crc import REDIS_CLUSTER_HASH_SLOTS as SLOTS
from redis.exceptions import RedisError

from service.doctor.finding import Finding, failed, ok
from service.doctor.redis_probe import RedisProbe

_SHOWN = 5


async def check_cluster(probe: RedisProbe, clustered: bool) -> Finding:
    """Compare the server with the address' scheme, and count the slots that are served.

    ``cluster_state`` alone says little: with ``cluster-require-full-coverage no`` it is ``ok`` however many
    slots are lost.

    Args:
        probe: connected to the server.
        clustered: whether the address says that it is a node of a Cluster.

    Raises:
        ConnectionError: if the connection is lost.
        RedisError: if the user may not ask.
        TimeoutError: if there is no answer in time.
    """
    check = f"redis cluster {probe.address.name}"
    info = await probe.info("cluster")
    is_node = info.get("cluster_enabled") == "1"
    if is_node != clustered:
        one, other = ("redis+cluster://", "a node of a Cluster")
        if clustered:
            one, other = ("redis:// or rediss://", "no node of a Cluster")
        return failed(check, f"is {other}", f"Begin DYNINT_REDIS_URL with {one}")
    if not clustered:
        return ok(check, "a server of its own, as the address says")
    text = (await probe.ask("CLUSTER", "INFO")).decode(errors="replace")
    state = dict(line.split(":", 1) for line in text.split() if ":" in line)
    served = _number(state, "cluster_slots_ok")
    found = f"state {state.get('cluster_state')}, {served} of {SLOTS} slots"
    if served < SLOTS:
        return await _lost(probe, check, state, SLOTS - served)
    if state.get("cluster_state") != "ok":
        return failed(check, found, "redis-cli --cluster check HOST:PORT says what is missing")
    return ok(check, f"{found}, {state.get('cluster_size')} masters", slots_lost=0)


async def _lost(probe: RedisProbe, check: str, state: Mapping[str, str], lost: int) -> Finding:
    """Say which masters the slots that nobody serves belong to."""
    found = f"nobody serves {lost} of {SLOTS} slots (state {state.get('cluster_state')})"
    fix = f"redis-cli --cluster fix {probe.address.name}"
    unassigned = SLOTS - _number(state, "cluster_slots_assigned")
    if unassigned:
        found += f"; {unassigned} belong to no node"
    try:
        masters = failed_masters((await probe.ask("CLUSTER", "NODES")).decode(errors="replace"))
    except RedisError:
        do = "ACL SETUSER ... +cluster|nodes lets the doctor see which master failed"
        return failed(check, found, do, slots_lost=lost)
    if not masters:
        return failed(check, found, f"{fix} gives them to a node", slots_lost=lost)
    named = ", ".join(masters[:_SHOWN]) + (" ..." if len(masters) > _SHOWN else "")
    found += f"; failed with slots of their own: {named}"
    do = (
        f"Start {masters[0]} or a replica of it. If none comes back, {fix} "
        "--cluster-fix-with-unreachable-masters gives its slots to the others; until then "
        "their rows are misses"
    )
    return failed(check, found, do, slots_lost=lost)


def failed_masters(nodes: str) -> list[str]:
    """List the addresses of the masters that own slots and do not answer, from CLUSTER NODES.

    A line is ``id host:port@bus[,name] flags master ping pong epoch link slots...``; ``fail`` is what the
    nodes agree on, ``fail?`` what this one believes.
    """
    found = []
    for line in nodes.splitlines():
        words = line.split()
        owns = any(not word.startswith("[") for word in words[8:])
        flags = set(words[2].split(",")) if owns else set()
        if "master" in flags and flags & {"fail", "fail?"}:
            found.append(words[1].partition("@")[0])
    return found


def _number(state: Mapping[str, str], name: str) -> int:
    value = state.get(name, "")
    return int(value) if value.isdecimal() else 0
