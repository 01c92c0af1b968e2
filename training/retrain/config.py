"""The configuration of a retraining."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from model.errors import InvalidInputError
from training.gates.thresholds import GateThresholds
from training.retrain.options import (
    AlertOptions,
    CanaryOptions,
    CheckOptions,
    LogOptions,
    ReleaseOptions,
)
from training.train.run_config import TABLES, RunConfig
from training.train.toml_file import put_over

_OWN = ("config", "work", "logs", "release", "checks", "gates", "canary", "alerts")


@dataclass(frozen=True)
class RetrainConfig:
    """Everything that ``dynint retrain`` is told.

    Args:
        run: how models are trained.
        work: folder of the runs: prepared data, models, journals, reports.
        logs, release, checks, gates, canary, alerts: as their classes say.
    """

    run: RunConfig
    work: Path = Path("retrain")
    logs: LogOptions = field(default_factory=LogOptions)
    release: ReleaseOptions = field(default_factory=ReleaseOptions)
    checks: CheckOptions = field(default_factory=CheckOptions)
    gates: GateThresholds = field(default_factory=GateThresholds)
    canary: CanaryOptions = field(default_factory=CanaryOptions)
    alerts: AlertOptions = field(default_factory=AlertOptions)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a TOML file; paths in it are taken from the folder that the command runs in.

        ::

            config = "dynint_dgp"    # how models are trained: shipped, or a path
            work = "retrain"

            [training]               # tables of a run's configuration, in place of the file's keys
            epochs = 1

            [logs]
            folder = "logs"
            pattern = "{date}.tsv.gz"

            [release]
            root = "releases"

        and ``[checks]``, ``[gates]``, ``[canary]``, ``[alerts]``; what is absent has its default.

        Raises:
            InvalidInputError: if there is no such file or it breaks a rule, naming table and key.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"config: {path} must be a TOML file; {error}") from error
        except IsADirectoryError as error:
            raise InvalidInputError(f"config: must be a TOML file; {path} is a folder") from error
        return cls.parse(document)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """Make a configuration from a TOML document; as ``load``."""
        for key in document:
            if key not in (*_OWN, *TABLES):
                raise InvalidInputError(
                    f"config: keys must be of {(*_OWN, *TABLES)}; received {key!r}"
                )
        for key in (*_OWN[2:], *TABLES):
            if not isinstance(document.get(key, {}), Mapping):
                raise InvalidInputError(
                    f"config: [{key}] must be a table; received {document[key]!r}"
                )
        for key, default in (("config", "dynint_dgp"), ("work", "retrain")):
            if not isinstance(document.get(key, default), str):
                raise InvalidInputError(
                    f"config: {key} must be a string; received {document[key]!r}"
                )
        tables = RunConfig.document(document.get("config", "dynint_dgp"))
        for key in TABLES:
            if key in document:
                tables[key] = put_over(tables.get(key, {}), document[key])
        if not document.get("work", "retrain"):
            raise InvalidInputError("config: work must be a folder; received ''")
        found = cls(
            run=RunConfig.parse(tables),
            work=Path(document.get("work", "retrain")),
            logs=LogOptions.parse("logs", document.get("logs", {})),
            release=ReleaseOptions.parse("release", document.get("release", {})),
            checks=CheckOptions.parse("checks", document.get("checks", {})),
            gates=GateThresholds.parse("gates", document.get("gates", {})),
            canary=CanaryOptions.parse("canary", document.get("canary", {})),
            alerts=AlertOptions.parse("alerts", document.get("alerts", {})),
        )
        if found.canary.min_requests and not found.release.gateways:
            raise InvalidInputError(
                "config: [canary] min_requests: needs [release] gateways, whose figures are counted; "
                f"received {found.canary.min_requests} without any"
            )
        return found
