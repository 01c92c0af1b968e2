"""What a reader of prepared data wants to know about it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from model.features import FieldEncoder, Vocabulary
from training.prepare.carried import Carried
from training.prepare.levels import Levels
from training.prepare.scan import Scan

VERSION = 1


def field_entries(
    levels: Sequence[Levels], vocabulary: Vocabulary, carried: Carried | None = None
) -> list[dict[str, Any]]:
    """Describe each field: levels seen, kept and dropped, and the shares of rows that count.

    ``known_share`` is the share of the counted rows whose level has a table row of its own,
    ``missing_share`` that of rows without a value. With a vocabulary that is carried on, also the
    levels that are ``carried``, ``new`` and ``aged_out``.
    """
    entries = []
    for place, field in enumerate(levels):
        counts, marks = field.counts, field.fingerprints
        seen = counts > 0
        known = seen & (vocabulary.rows_of_field(place, marks) != place)
        total = int(counts.sum())
        missing = int(counts[marks == FieldEncoder(field.field).fingerprint(None)].sum())
        kept = int(known.sum())
        entries.append(
            {
                "name": field.field.name,
                "kind": field.field.kind,
                "side": field.field.side,
                "levels": int(seen.sum()),
                "kept": kept,
                "dropped": int(seen.sum()) - kept,
                "known_share": float(counts[known].sum() / total) if total else None,
                "missing_share": missing / total if total else None,
                **({} if carried is None else carried.field_entry(place, vocabulary)),
            }
        )
    return entries


def content_digest(
    vocabulary: Vocabulary, spec_digest: str, splits: dict[str, dict[str, Any]], sample: str
) -> str:
    """Digest all that a model can learn from: SHA-256 over the parts' digests, one a line."""
    parts = [
        f"feature_spec {spec_digest}",
        f"vocabulary {vocabulary.digest}",
        *(f"{name} {entry['rows']} {entry['digest']}" for name, entry in splits.items()),
        f"sample {hashlib.sha256(sample.encode()).hexdigest()}",
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def data_card(
    scan: Scan,
    vocabulary: Vocabulary,
    splits: dict[str, dict[str, Any]],
    sample: str,
    carried: Carried | None = None,
) -> dict[str, Any]:
    """Put the card together. It holds no times and no paths: the same data has the same card."""
    rows = sum(entry["rows"] for entry in splits.values())
    rates = [entry["rows"] * entry["positive_rate"] for entry in splits.values() if entry["rows"]
             and entry["positive_rate"] is not None]  # fmt: skip
    fields = field_entries(scan.levels, vocabulary, carried)
    card: dict[str, Any] = {
        "version": VERSION,
        "rows": rows,
        "positive_rate": float(np.sum(rates)) / rows if rates else None,
        "splits": splits,
        "table_rows": vocabulary.n_rows,
        "fields": fields,
        **({} if carried is None else {"carried": carried.card(fields)}),
        "min_count": scan.spec.min_count,
        "counted_rows": scan.counted,
        "split": scan.split.card([log.name for log in scan.logs]),
        "files": [
            {"name": log.name, "lines": lines}
            for log, lines in zip(scan.logs, scan.lines, strict=True)
        ],
        "empty_lines": scan.empty,
        "bad_lines": {
            "count": scan.bad.total,
            "by_kind": dict(sorted(scan.bad.kinds.items())),
            "first": [
                {"file": bad.file.rpartition("/")[2], "line": bad.line, "reason": bad.reason}
                for bad in scan.bad.first
            ],
        },
        "spec_digest": scan.spec.digest,
        "vocabulary_digest": vocabulary.digest,
        "digest": content_digest(vocabulary, scan.spec.digest, splits, sample),
    }
    if scan.truth.summaries:
        card["truth"] = scan.truth.summaries
    return card


def to_json(card: dict[str, Any]) -> str:
    """Write the card as its file has it."""
    return json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
