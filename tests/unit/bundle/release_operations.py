"""What is done to a root while calls fail, and what must be true of it afterwards.

The seed (``make_seed``) has versions 1 to 4; 2 is live, 1 the previous; 5 is a candidate.
"""

from collections.abc import Callable
from pathlib import Path

from model.bundle import Bundle, Pointer, promote, read_pointer, rollback, versions
from model.bundle.announcement import Announcement
from model.bundle.candidate import CANDIDATES, candidates, folders
from model.bundle.gates_file import GatesReport, write_gates
from model.bundle.publish import publish
from model.bundle.retention import retain, retain_candidates
from model.bundle.serving_config import read_serving_config
from model.bundle.staging import Staging
from tests.unit.bundle.candidates import PASSED, proven, stage
from tests.unit.bundle.small_bundle import write_bundle


def make_seed(root: Path) -> Path:
    """Write the root that each trial begins with."""
    for _ in range(4):
        publish(stage(root, PASSED), proven)
    retain_candidates(root, 0)
    for version in (1, 2):
        promote(root / "dynint", version)
    stage(root, PASSED)
    return root


def _publish(root: Path) -> str:
    (candidate,) = candidates(root)
    if candidate.bundle.is_dir():
        report = GatesReport(candidate.manifest_digest, True, (PASSED,))
        write_gates(candidate.bundle, report)
        Bundle.open(candidate.bundle)
    return publish(candidate, proven).version


def _commit(root: Path) -> str:
    with Staging(root, "dynint") as staging:
        staging.folder.rmdir()
        write_bundle(staging.folder)
        return staging.commit(Bundle.open(staging.folder, full=True)).name


def _retain(root: Path) -> str:
    return ",".join(retain(root, "dynint", 1).removed)


OPERATIONS: dict[str, Callable[[Path], str]] = {
    "publish": _publish,
    "export": _commit,
    "stage": lambda root: stage(root, PASSED).id[:4],
    "announce": lambda root: str(Announcement(root / "dynint", 3).begin()),
    "promote": lambda root: promote(root / "dynint", 3).current,
    "rollback": lambda root: rollback(root / "dynint").current,
    "retain": _retain,
    "retain_candidates": lambda root: str(len(retain_candidates(root, 0))),
}

OLD, NEW = Pointer("2", "1"), {"promote": Pointer("3", "2"), "rollback": Pointer("1", "2")}
OURS = ("InvalidInputError: ", "BundleError: ", "CheckFailedError: ")
GOOD = {
    "publish": "5",
    "export": "5",
    "stage": "0002",
    "announce": "None",
    "promote": "3",
    "rollback": "1",
    "retain": "3",
    "retain_candidates": "1",
}


def changed(root: Path) -> bool:
    """Tell whether versions or pointer are not those of the seed."""
    return (versions(root / "dynint"), read_pointer(root / "dynint")) != ([1, 2, 3, 4], OLD)


def check_after(name: str, root: Path, outcome: str) -> str | None:
    """Judge a root after an operation that ended as ``outcome`` says; returns what is wrong."""
    folder = root / "dynint"
    there, pointer = versions(folder), read_pointer(folder)
    problem = _is_whole(folder) or _is_old_or_new(name, there, pointer, outcome)
    if problem:
        return problem
    # A system's error that the command line puts in words is enough where nothing was begun.
    ours = OURS if changed(root) else (*OURS, "OSError: ")
    if outcome not in {"killed", GOOD[name]} and not outcome.startswith(ours):
        return "the error is none of the project's"
    # The next run succeeds, does nothing twice, and leaves nothing of the first behind.
    again = OPERATIONS[name](root)
    done = {"publish": "5", "promote": "3", "announce": "None"}
    if name in done and again != done[name]:
        return f"the next run gave {again!r}"
    problem = _is_whole(folder)
    if problem:
        return f"after the next run: {problem}"
    if name == "publish" and versions(folder) != [1, 2, 3, 4, 5]:
        return f"after the next run there are {versions(folder)}"
    if name == "retain" and versions(folder) != [1, 2, 4]:
        return f"after the next run there are {versions(folder)}"
    if name == "promote" and read_pointer(folder) != NEW[name]:
        return f"after the next run the pointer is {read_pointer(folder)}"
    _commit(root)  # any export tidies up
    stage(root)
    left = [
        str(path.relative_to(root))
        for pattern in (".staging-*", ".removed-*", ".*.tmp", ".stamps/.*.tmp")
        for path in folder.glob(pattern)
    ]
    left += [str(path) for path in (root / CANDIDATES).glob(".removed-*")]
    left += [str(path) for path in folders(root) if not (path / "candidate.json").exists()]
    return f"left behind: {left}" if left else None


def _is_whole(folder: Path) -> str | None:
    there = versions(folder)
    for version in there:
        Bundle.open(folder / str(version), full=True)
    pointer = read_pointer(folder)
    if pointer is None or not pointer.versions <= set(there):
        return f"the pointer {pointer} names what is not there: {there}"
    served = read_serving_config(folder)
    if served is None or not pointer.versions <= set(served.versions):
        return f"TF Serving is told {served}, the pointer is {pointer}"
    if not set(served.versions) <= set(there):
        return f"TF Serving is told {served}, there are {there}"
    return None


def _is_old_or_new(
    name: str, there: list[int], pointer: Pointer | None, outcome: str
) -> str | None:
    old, new = [1, 2, 3, 4], [1, 2, 3, 4, 5] if name in {"publish", "export"} else [1, 2, 3, 4]
    new = [1, 2, 4] if name == "retain" else new
    if there not in (old, new):
        return f"there are {there}"
    wanted = NEW.get(name, OLD)
    if name == "announce":
        wanted = Pointer("2", "1", awaited="3")
    if pointer not in (OLD, wanted):
        return f"the pointer is {pointer}"
    moved = there != old or pointer != OLD
    is_error = outcome not in {"killed", GOOD[name]}
    changes = new != old or wanted != OLD
    if outcome == GOOD[name] and changes and not moved:
        return "it says that it was done, and nothing was"
    if (
        is_error
        and moved
        and not any(
            word in outcome for word in ("power cut", "were, and what", "is there", "stands")
        )
    ):
        return "something was done, and the error does not say so"
    if is_error and moved and ("nothing was published" in outcome or "old pointer" in outcome):
        return "something was done, and the error denies it"
    return None
