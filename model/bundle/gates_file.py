"""``gates.json``: what each gate measured and decided, bound to one bundle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from model.bundle.durable import replace_file
from model.bundle.manifest import GATES, utc_now
from model.bundle.sealed_json import read_sealed, seal
from model.errors import BundleError, InvalidInputError

SCHEMA = 1


@dataclass(frozen=True)
class GateResult:
    """What one gate measured, against what, and its verdict.

    Attributes:
        name: of the gate, such as ``auc``.
        passed: its verdict.
        measured: figures by name, as JSON; what is not finite is written as text or null.
        threshold: the bounds by name, as JSON.
        reason: one sentence for people.

    Raises:
        InvalidInputError: if an attribute has another type, or a figure is not finite JSON.
    """

    name: str
    passed: bool
    measured: Mapping[str, Any]
    threshold: Mapping[str, Any]
    reason: str

    def __post_init__(self) -> None:
        """Check every attribute."""
        if not isinstance(self.name, str) or not self.name:
            raise InvalidInputError(f"name: must be a gate's name; received {self.name!r}")
        where = f"gate {self.name!r}"
        if not isinstance(self.passed, bool):
            raise InvalidInputError(f"{where}: passed: must be a bool; received {self.passed!r}")
        if not isinstance(self.reason, str):
            raise InvalidInputError(f"{where}: reason: must be text; received {self.reason!r}")
        for attribute in ("measured", "threshold"):
            _check_json(getattr(self, attribute), f"{where}: {attribute}")


@dataclass(frozen=True)
class GatesReport:
    """The gates' record of one bundle.

    Attributes:
        manifest_digest: SHA-256 of the bundle's ``manifest.json``: the record is of no other.
        passed: whether the bundle may be published: every gate passed, and there was one.
        gates: one result per gate, in their order.
        ungated: the bundle was published without gates, by the word of who did it.

    Raises:
        InvalidInputError: if the attributes contradict each other, or have other types.
    """

    manifest_digest: str
    passed: bool
    gates: tuple[GateResult, ...]
    ungated: bool = False

    def __post_init__(self) -> None:
        """Check that the verdict is that of the gates."""
        digest = self.manifest_digest
        if (
            not isinstance(digest, str)
            or len(digest) != 64
            or set(digest) - set("0123456789abcdef")
        ):
            raise InvalidInputError(
                f"manifest_digest: must be a SHA-256 in hex; received {str(digest)[:80]!r}"
            )
        names = [gate.name for gate in self.gates]
        if len(set(names)) < len(names):
            raise InvalidInputError(f"gates: must have names of their own; received {names}")
        verdict = bool(self.gates) and all(gate.passed for gate in self.gates)
        if type(self.passed) is not bool or self.passed != verdict:
            raise InvalidInputError(
                f"passed: must be {verdict}, as {sum(gate.passed for gate in self.gates)} of "
                f"{len(self.gates)} gates passed; received {self.passed!r}"
            )
        if type(self.ungated) is not bool or (self.ungated and self.gates):
            raise InvalidInputError(
                f"ungated: must be false, as there are gates; received {self.ungated!r}"
            )

    @property
    def verdict(self) -> str:
        """``passed``, ``failed`` or ``ungated``."""
        return "ungated" if self.ungated else "passed" if self.passed else "failed"

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read it from a JSON object.

        Raises:
            InvalidInputError: if a key is missing or breaks its rule.
        """
        try:
            results = tuple(
                GateResult(
                    gate["name"],
                    gate["passed"],
                    gate["measured"],
                    gate["threshold"],
                    gate["reason"],
                )
                for gate in content["gates"]
            )
            return cls(content["manifest"], content["passed"], results, content["ungated"])
        except (KeyError, TypeError) as error:
            raise InvalidInputError(f"must have the form of schema {SCHEMA}: {error!r}") from error

    def to_json(self) -> dict[str, Any]:
        """Write it as a JSON object; ``manifest`` is what binds it."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest_digest,
            "passed": self.passed,
            "ungated": self.ungated,
            "gates": [asdict(gate) for gate in self.gates],
        }


def write_gates(bundle: Path, report: GatesReport) -> None:
    """Write ``gates.json`` into a bundle's folder: whole or not at all, sealed by its digest.

    The bundle's stamp, if there is one, is void then: gates are for bundles not yet published. What
    a kill leaves half-written is outside the bundle, where no additional file is allowed.

    Raises:
        InvalidInputError: if it cannot be written; a record that was there then stands.
    """
    try:
        content = seal({**report.to_json(), "created": utc_now()})
        replace_file(bundle / GATES, content, bundle.parent)
    except OSError as error:
        raise InvalidInputError(f"{bundle / GATES}: cannot be written: {error.strerror}") from error


def read_gates(bundle: Path, manifest_digest: str) -> GatesReport | None:
    """Read ``gates.json`` of a bundle's folder; ``None`` if there is none.

    Raises:
        BundleError: if it was altered, does not have its form, or is of another manifest.
    """
    path = bundle / GATES
    if not path.exists():
        return None
    try:
        report = GatesReport.from_json(read_sealed(path))
    except InvalidInputError as error:
        raise BundleError(f"{path}: {error}") from error
    if report.manifest_digest != manifest_digest:
        raise BundleError(f"{path}: belongs to another manifest.json")
    return report


def _check_json(value: object, where: str) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidInputError(f"{where}: must map names to figures; received {value!r:.80}")
    try:
        json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"{where}: must be finite JSON (write NaN as text or null); {error}"
        ) from error
