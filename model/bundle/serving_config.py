"""``tf_serving.config`` beside ``current.json``: which versions TF Serving is to serve.

TF Serving keeps only the latest version unless told otherwise. Given this file as its
``--model_config_file``, with ``--model_config_file_poll_wait_seconds=1``, it serves what the
pointer names. The pointer's one writer writes the file too, so that at every moment it names at
least what ``current.json`` names: first it is widened by what comes, then ``current.json`` is
replaced, then it is narrowed. One version too many after a kill is the worst that can be.

Labels are ``stable`` and ``canary``. TF Serving takes the labels before the versions, and refuses
the whole file, its versions too, if a label is that of a version which is not AVAILABLE yet: it
would never load it. (``--allow_version_labels_for_unavailable_models`` lifts that for labels that
are not in use, which a restart needs, and not for moving one.) So a version gets its label only if
the file that stood before named it, unlabelled, and servers could load it: ``Announcement`` does that,
and ``dynint promote --scorer`` waits until they have. Until then the label is left out.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from model.bundle.durable import replace_file
from model.errors import InvalidInputError
from model.regular_file import read_regular
from model.wire.served_model import ServedModel

SERVING_CONFIG = "tf_serving.config"
BASE_VARIABLE = "DYNINT_TF_SERVING_ROOT"
"""Variable that says where TF Serving sees the release root."""

BASE = "/models"


def serving_base(name: str) -> str:
    """Return the folder in which TF Serving sees the versions: ``/models/<name>`` by default.

    Raises:
        InvalidInputError: if ``DYNINT_TF_SERVING_ROOT`` is neither absolute nor a URL.
    """
    base = os.environ.get(BASE_VARIABLE) or BASE
    if not (base.startswith("/") or "://" in base) or not base.isprintable():
        raise InvalidInputError(
            f"{BASE_VARIABLE}: must be an absolute path or a URL such as s3://bucket/models; "
            f"received {base[:80]!r}"
        )
    return f"{base.rstrip('/')}/{name}"


def read_serving_config(model_dir: Path) -> ServedModel | None:
    """Read what the file says; ``None`` if there is none, or none that was written here."""
    from google.protobuf import text_format

    from model.wire import ModelServerConfig

    try:
        text = read_regular(model_dir / SERVING_CONFIG)
        config = text_format.Parse(text, ModelServerConfig())
    except (OSError, UnicodeDecodeError, text_format.ParseError):
        return None
    for model in config.model_config_list.config:
        if model.name == model_dir.name:
            versions = tuple(model.model_version_policy.specific.versions)
            return ServedModel(model.name, model.base_path, versions, dict(model.version_labels))
    return None


def write_serving_config(
    model_dir: Path, versions: Iterable[int], labels: Mapping[str, int]
) -> None:
    """Replace the file, whole.

    Args:
        model_dir: ``ROOT/<model-name>``.
        versions: to be served; none removes nothing from TF Serving, and so is not allowed.
        labels: names of some of them.

    Raises:
        InvalidInputError: if ``versions`` is empty, a label's version is not among them, or
            ``DYNINT_TF_SERVING_ROOT`` breaks its rule.
        OSError: if it cannot be written; the old file then stands.
    """
    from model.wire import model_config_text

    served = tuple(sorted(set(versions)))
    if not served or not set(labels.values()) <= set(served):
        raise InvalidInputError(
            f"versions: must be some, with those of the labels {dict(labels)}; received {served}"
        )
    name = model_dir.name
    text = model_config_text([ServedModel(name, serving_base(name), served, labels)])
    replace_file(model_dir / SERVING_CONFIG, text.encode())


def widen(model_dir: Path, versions: Iterable[int]) -> frozenset[int]:
    """Add versions to what is served; its labels stay.

    Returns:
        The versions that the file named before, which servers may have loaded.

    Raises:
        InvalidInputError, OSError: as ``write_serving_config``.
    """
    old = read_serving_config(model_dir)
    before = frozenset(old.versions) if old else frozenset()
    if not before >= set(versions):
        write_serving_config(model_dir, before.union(versions), old.labels if old else {})
    return before


def narrow(
    model_dir: Path, versions: Iterable[int], labels: Mapping[str, int], before: frozenset[int]
) -> None:
    """Name exactly these versions, with the labels of those that were named before.

    Raises:
        InvalidInputError, OSError: as ``write_serving_config``.
    """
    known = {label: version for label, version in labels.items() if version in before}
    write_serving_config(model_dir, versions, known)
