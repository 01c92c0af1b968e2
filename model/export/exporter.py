"""From a training run to a version in a release root."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from model.bundle import EmbeddingTable, Golden, Manifest, Staging
from model.bundle.bundle import EMBEDDINGS, SPEC
from model.bundle.file_digest import FileDigest
from model.bundle.paths import regular_files
from model.errors import InvalidInputError
from model.export.certificate import certify
from model.export.run import Run
from model.export.sample_rows import SampleRows, read_sample, synthesise_sample
from model.export.saved_model import save_model
from model.export.served_model import ServedModel
from model.export.table import build_table
from model.export.token_lookup import TokenLookup
from model.export.verify import verify_bundle
from model.export.warmup import write_warmup
from model.features import Encoder
from model.folding import GateMonitor, fold, folding_report
from model.trained import TrainedModel


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        path: ``ROOT/<name>/<version>``.
        version: its digits.
        manifest: as written.
        verification: what the full verification measured.
    """

    path: Path
    version: str
    manifest: Manifest
    verification: dict[str, Any]


def export(
    run: Run,
    root: Path,
    name: str,
    data: Path | None = None,
    tokens: bool = False,
    tell: Callable[[str], None] = lambda text: None,
    sample: SampleRows | None = None,
    write_table: Callable[[Path], EmbeddingTable] | None = None,
) -> Exported:
    """Fold a trained model, write it as a bundle, prove it, and put it into the release root.

    Args:
        run: what training left.
        root: the release root; created if absent.
        name: of the release.
        data: the prepared folder whose rows the proofs use; by default the one the run was trained
            on, and if that is gone they are synthesised.
        tokens: whether to bring the table into the graph, for ``predict_tokens``.
        tell: is told each step.
        sample: the rows that the proofs use, in place of those of ``data``.
        write_table: writes the table's arrays into a folder and maps them, for a table that is not
            in memory; the run's table is then a part of it that has every level of ``sample``.

    Raises:
        InvalidInputError: if ``name`` or ``data`` does not fit, or the root cannot be written, such
            as on a full disk; nothing appears in it then.
        CheckFailedError: if a weight is not finite or the folded network is not the trained one;
            nor then.
    """
    model = run.model
    sample = sample or _sample(run, data)
    tell(f"folding {model.network.name_in_zoo}")
    folded = fold(model.network, sides=model.spec.sides)
    with Staging(root, name) as staging:
        folder = staging.folder
        tell("writing the SavedModel and the table")
        (folder / EMBEDDINGS).mkdir()
        table = (write_table or partial(_write_table, model))(folder / EMBEDDINGS)
        lookup = TokenLookup(model.spec, table) if tokens else None
        golden_rows = model.table[_golden_ids(model, sample)]
        gates = GateMonitor.of(folded, model.table[sample.ids])
        signatures = save_model(ServedModel(folded, model.spec, lookup, gates), folder)
        model.spec.save(folder / SPEC)
        write_warmup(folder, name, model.spec, signatures, golden_rows)
        golden_logits = run.reference_logits(_golden_ids(model, sample))
        Golden(sample.instances, tuple(map(float, golden_logits)), sample.source).save(folder)
        tell(f"proving the folded network on {len(sample.ids):,} rows")
        certificate = certify(
            folder, model.table[sample.ids], run.reference_logits(sample.ids), sample.source
        )
        manifest = Manifest(
            name=name,
            model={
                "name": model.network.name_in_zoo,
                "config": model.network.config,
                "fields": model.network.fields,
                "row_width": model.network.row_width,
                "folded": folding_report(model.network),
            },
            spec_digest=model.spec.digest,
            metrics=run.about.get("metrics", {}),
            data_digest=run.data_digest,
            certificate=certificate,
            table={
                "levels": len(table.fingerprints),
                "kept": len(table.rows),
                "pruned": len(table.fingerprints) - len(table.rows),
                "bytes": int(table.rows.nbytes + table.fingerprints.nbytes + table.index.nbytes),
            },
            signatures=signatures,
            gates=() if gates is None else tuple(gates.report(golden_rows)),
            files={path: FileDigest.measure(folder / path) for path in regular_files(folder)},
            origin=_origin(run),
        )
        try:
            manifest.write(folder)
        except ValueError as error:
            raise InvalidInputError(f"run.json: metrics must be finite JSON; {error}") from error
        tell("verifying every byte, the weights and the golden batch")
        bundle, report = verify_bundle(folder)
        path = staging.commit(bundle)
    return Exported(path, path.name, manifest, {**report, "path": str(path), "version": path.name})


def _sample(run: Run, data: Path | None) -> SampleRows:
    model, data = run.model, data or run.prepared_data()
    if data is None:
        return synthesise_sample(model.spec, model.vocabulary)
    return read_sample(data, model.spec, model.vocabulary)


def _write_table(model: TrainedModel, folder: Path) -> EmbeddingTable:
    table = build_table(model.vocabulary, model.table)
    table.save(folder)
    return table


def _golden_ids(model: TrainedModel, sample: SampleRows) -> Any:
    return model.vocabulary.rows_of(Encoder(model.spec).fingerprint_rows(sample.instances))


def _origin(run: Run) -> dict[str, Any]:
    known = {key: run.about[key] for key in ("seed", "versions", "config") if key in run.about}
    return known | {
        "exported_with": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        }
    }
