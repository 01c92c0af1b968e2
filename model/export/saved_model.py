"""Writing, reading and checking the SavedModel of a bundle."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.protobuf.fingerprint_pb2 import FingerprintDef

from model.bundle import Bundle
from model.errors import BundleError, InvalidInputError
from model.export.served_model import SERVING, ServedModel

VARIABLES = "variables/variables"
BATCH = 1024


def unwritten(what: str, error: tf.errors.OpError) -> InvalidInputError:
    """Say in one line what TensorFlow could not write; its own text names temporary files."""
    reason = str(error.message).rsplit("; ", 1)[-1].partition(" [Op:")[0]
    return InvalidInputError(
        f"{what} cannot be written ({reason}); nothing was published and nothing live has changed"
    )


def save_model(served: ServedModel, folder: Path) -> tuple[str, ...]:
    """Write the SavedModel into a folder and return its signatures' names, sorted.

    Raises:
        InvalidInputError: if TensorFlow cannot write it (a full disk, for one).
    """
    signatures = served.signatures()
    try:
        tf.saved_model.save(served, str(folder), signatures=signatures)
    except tf.errors.OpError as error:
        raise unwritten("the SavedModel", error) from error
    assets = folder / "assets"  # TensorFlow makes it, empty
    if assets.is_dir() and not any(assets.iterdir()):
        assets.rmdir()
    _fix_identity(folder)
    return tuple(sorted(signatures))


def _fix_identity(folder: Path) -> None:
    """Derive the UUID in ``fingerprint.pb``, which TensorFlow draws at random, from the rest.

    So the same model gives the same bytes.
    """
    path = folder / "fingerprint.pb"
    identity = FingerprintDef.FromString(path.read_bytes())
    identity.ClearField("uuid")
    rest = identity.SerializeToString(deterministic=True)
    identity.uuid = str(int.from_bytes(hashlib.sha256(rest).digest()[:8], "big"))
    path.write_bytes(identity.SerializeToString(deterministic=True))


def load_model(folder: Path) -> Mapping[str, Any]:
    """Load the SavedModel of a folder and return its signatures by name.

    Raises:
        BundleError: if TensorFlow cannot load it.
    """
    try:
        loaded = tf.saved_model.load(str(folder))
    except (tf.errors.OpError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise BundleError(f"{folder}: the SavedModel cannot be loaded: {error}") from error
    # The signatures refer to the loaded object weakly.
    signatures = dict(loaded.signatures)
    for signature in signatures.values():
        signature.keeps = loaded
    return signatures


def check_signatures(bundle: Bundle, signatures: Mapping[str, Any]) -> None:
    """Check that the SavedModel offers what its manifest and spec say.

    Raises:
        BundleError: naming the signature that is missing, unknown or of another shape.
    """
    if sorted(signatures) != sorted(bundle.manifest.signatures):
        raise BundleError(
            f"{bundle.path}: the SavedModel must offer {sorted(bundle.manifest.signatures)}; "
            f"it offers {sorted(signatures)}"
        )
    wanted = tf.TensorSpec((None, len(bundle.spec.fields), bundle.table.width), tf.float32)
    given = signatures[SERVING].structured_input_signature[1].get("embeddings")
    if given is None or (given.shape.as_list(), given.dtype) != (
        wanted.shape.as_list(),
        wanted.dtype,
    ):
        raise BundleError(f"{bundle.path}: {SERVING} must take {wanted}; it takes {given}")


def check_finite(folder: Path) -> None:
    """Check that every number among the SavedModel's variables is finite.

    Raises:
        BundleError: naming the variable that is not, or if they cannot be read.
    """
    try:
        reader = tf.train.load_checkpoint(str(folder / VARIABLES))
        for key, dtype in sorted(reader.get_variable_to_dtype_map().items()):
            if dtype.is_floating and not np.isfinite(reader.get_tensor(key)).all():
                name = key.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE")
                raise BundleError(f"{folder / 'variables'}: {name} must be finite; it is not")
    except (tf.errors.OpError, ValueError) as error:
        raise BundleError(f"{folder / VARIABLES}: cannot be read: {error}") from error


def score(signature: Any, name: str, inputs: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Score rows in batches through a signature with one input; the logits, ``(n,)``."""
    parts = [
        signature(**{name: tf.constant(inputs[start : start + BATCH])})["logit"].numpy()
        for start in range(0, len(inputs), BATCH)
    ]
    return np.concatenate([np.zeros(0, np.float32), *parts])
