"""Which of the versions on disk to serve."""

from collections.abc import Mapping
from typing import Any, TypeVar

Folder = TypeVar("Folder")


def wanted_versions(policy: Any, found: Mapping[int, Folder]) -> dict[int, Folder]:
    """Choose from ``found``: all, the named ones, or the latest n (TF Serving's default, n = 1).

    The highest version comes first.

    Args:
        policy: a ServableVersionPolicy.
        found: what there is, by version.
    """
    ordered = sorted(found, reverse=True)
    match policy.WhichOneof("policy_choice"):
        case "all":
            chosen = ordered
        case "specific":
            named = set(policy.specific.versions)
            chosen = [version for version in ordered if version in named]
        case _:
            chosen = ordered[: max(policy.latest.num_versions, 1)]
    return {version: found[version] for version in chosen}
