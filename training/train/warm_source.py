"""A finished run from whose best state another run starts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from model.bundle.file_digest import FileDigest
from model.errors import CheckFailedError, InvalidInputError
from model.features import FeatureSpec, Vocabulary
from model.trained.file_digests import DIGESTS, check_digests
from training.train.learner import PARTS, Arrays
from training.train.prepared_data import PreparedData
from training.train.run_config import RunConfig
from training.train.run_folder import RunFolder

SAME = ("embedding_optimizer.name", "dense_optimizer.name")
"""Settings that must be the source's, beside all of the network's."""


@dataclass(frozen=True)
class WarmSource:
    """The source of a warm start: its settings, its levels, and where its best state is.

    Args:
        path: the run's folder.
        config: of the run.
        spec: its fields.
        vocabulary: its levels.
        step: of its best state.
        model_digest: SHA-256 over that of ``digests.json``, which names all files of its model.
        checkpoint_digest: SHA-256 over those of the best state's files.
    """

    path: Path
    config: RunConfig
    spec: FeatureSpec
    vocabulary: Vocabulary
    step: int
    model_digest: str
    checkpoint_digest: str

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a run's folder.

        Raises:
            InvalidInputError: if it is no finished run, its best state has no checkpoint any more,
                or a file of its model was altered.
        """
        folder = RunFolder(path)
        if not folder.run_file.is_file():
            raise InvalidInputError(
                f"warm-start: must be a finished run of 'dynint train'; {path} has no run.json"
            )
        try:
            run = folder.read()
            config = RunConfig.parse(run["config"])
        except InvalidInputError as error:
            raise InvalidInputError(
                f"warm-start: {path} must hold a run that can be read; {error}"
            ) from error
        if run["status"] != "finished":
            raise InvalidInputError(
                f"warm-start: must be a finished run; {path} says {run['status']!r}. Finish it: "
                "the same 'dynint train' goes on with it"
            )
        step = run.get("best_step")
        if not isinstance(step, int) or step not in folder.checkpoints.steps():
            raise InvalidInputError(
                f"warm-start: {path} must have the checkpoint of its best step, {step}, in "
                f"{folder.checkpoints.path}: model/ alone has no optimizer's state. Put it back, "
                "train that run anew (--no-resume), or start from another run"
            )
        try:
            (folder.model / DIGESTS).stat()
            check_digests(folder.model)
            spec = FeatureSpec.load(folder.model / "feature_spec.json")
            vocabulary = Vocabulary.load(folder.model / "vocabulary.npz")
        except (FileNotFoundError, InvalidInputError) as error:
            raise InvalidInputError(
                f"warm-start: {folder.model} must be the model that the run saved; {error}"
            ) from error
        return cls(
            Path(path).resolve(),
            config,
            spec,
            vocabulary,
            step,
            _digest([folder.model / DIGESTS]),
            _digest(_files(folder, step)),
        )

    def check_fits(self, config: RunConfig, data: PreparedData) -> None:
        """Check that a run can go on from this state.

        Raises:
            InvalidInputError: naming what differs: a setting of the network, the kind of an
                optimizer, or the spec.
        """
        differences = [
            line
            for line in config.differences(self.config)
            if line.startswith("model.") or line.partition(" ")[0] in SAME
        ]
        if data.spec.digest != self.spec.digest:
            differences.append(
                f"data spec_digest is {data.spec.digest[:12]}..., not {self.spec.digest[:12]}... "
                f"(dynint prepare --carry {self.path})"
            )
        if differences:
            raise InvalidInputError(
                f"warm-start: {self.path} must have the same network, optimizers and fields; "
                f"{'; '.join(differences)}"
            )

    def arrays(self) -> Arrays:
        """Read the best state.

        Raises:
            InvalidInputError: if the checkpoint is damaged, or not the one that was opened.
        """
        folder = RunFolder(self.path)
        try:
            arrays, _ = folder.checkpoints.load(self.step)
            changed = _digest(_files(folder, self.step)) != self.checkpoint_digest
        except (CheckFailedError, OSError) as error:
            raise InvalidInputError(f"warm-start: {error}") from error
        rows = len(arrays["table"]["state"])
        if changed or rows != self.vocabulary.n_rows:
            raise InvalidInputError(
                f"warm-start: the checkpoint of step {self.step} in {self.path} must be the best "
                f"state of its model, {self.vocabulary.n_rows} rows; received another, {rows} rows"
            )
        return arrays

    def record(self) -> dict[str, Any]:
        """Say what it is, for ``run.json``."""
        return {
            "run": str(self.path),
            "step": self.step,
            "model_digest": self.model_digest,
            "checkpoint_digest": self.checkpoint_digest,
            "vocabulary_digest": self.vocabulary.digest,
        }


def _files(folder: RunFolder, step: int) -> list[Path]:
    checkpoint = folder.checkpoints.folder(step)
    return [checkpoint / name for name in (*(f"{part}.npz" for part in PARTS), "state.json")]


def _digest(files: Iterable[Path]) -> str:
    lines = [f"{file.name} {FileDigest.measure(file).sha256}\n" for file in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
