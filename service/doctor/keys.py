"""The file of API keys: does a gateway start with it, and who else may read it."""

import stat
from collections.abc import Iterator

from model.errors import InvalidInputError
from service.access.key_file import read_keys
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning

_CHECK = "api keys"


def check_keys(case: Case) -> Iterator[Finding]:
    """Read the keys as ``dynint serve`` does."""
    path = case.settings.api_keys_file
    if path is None:
        yield skipped(_CHECK, "DYNINT_API_KEYS_FILE is not set: nobody needs a key")
        return
    try:
        _, ring = read_keys(path)
        mode = path.stat().st_mode
    except (InvalidInputError, OSError) as error:
        yield failed(
            _CHECK,
            str(error),
            "Mend the file; python -m service.api_keys new NAME makes a key and its line",
        )
        return
    yield ok(_CHECK, f"{len(ring):,} in {path}", keys=len(ring))
    if mode & stat.S_IROTH:
        yield warning(
            f"{_CHECK}' file",
            f"every user of this machine may read {path}",
            f"chmod o= {path}: it has hashes and no keys, and the names of all callers",
        )
