"""JSON files of which no byte can change unnoticed: a canonical form, sealed by its digest."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.bundle.durable import replace_file
from model.errors import BundleError
from model.os_errors import in_words
from model.regular_file import read_regular

SEAL = "seal"


def canonical(content: Mapping[str, Any]) -> bytes:
    """Write an object in its one form: sorted keys, indent of two, UTF-8, a final newline.

    Raises:
        ValueError: if ``content`` holds NaN or infinity.
    """
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def seal(content: Mapping[str, Any]) -> bytes:
    """Add the SHA-256 of an object's canonical form to it, and write the whole canonically."""
    digest = hashlib.sha256(canonical(content)).hexdigest()
    return canonical({**content, SEAL: digest})


def unseal(data: bytes, path: Path) -> dict[str, Any]:
    """Read a sealed object back.

    Args:
        data: the bytes of the file.
        path: where they came from, for the error's text.

    Raises:
        BundleError: if any byte differs from what ``seal`` wrote.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: must be JSON; received {error}") from error
    if not isinstance(content, dict) or SEAL not in content:
        raise BundleError(f"{path}: must be a JSON object with a {SEAL!r}; it was altered")
    content.pop(SEAL)
    try:
        expected = seal(content)
    except (ValueError, UnicodeEncodeError) as error:
        raise BundleError(f"{path}: must hold finite numbers and valid text; {error}") from error
    if data != expected:
        raise BundleError(f"{path}: its seal does not match its content; it was altered")
    return content


def read_sealed(path: Path) -> dict[str, Any]:
    """Read a sealed file.

    Raises:
        BundleError: if it is not there or was altered.
    """
    try:
        data = read_regular(path)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {in_words(error)}") from error
    return unseal(data, path)


def write_sealed(path: Path, content: Mapping[str, Any]) -> str:
    """Write a sealed file, whole or not at all, and return the SHA-256 of its bytes in hex."""
    data = seal(content)
    replace_file(path, data)
    return hashlib.sha256(data).hexdigest()
