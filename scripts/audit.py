"""Ask OSV whether packages of the hashed locks have known vulnerabilities.

    .cache/audit/bin/python scripts/audit.py requirements/gateway.txt [...]

Exit code 0: none known. 1: some are, and each is named. 3: the service could not be asked, so nothing is known.
Needs requirements/audit.txt (``make audit`` sees to it). What is looked at is what the locks name for the
Python that runs this.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MOST_S = 300
"""Longest time for one lock: a network that swallows packets may not hold a pipeline up."""

SOCKET_S = 10


class NotAskedError(Exception):
    """The service gave no answer."""


def ask(lock: Path, most_s: float = MOST_S) -> list[dict[str, Any]]:
    """Ask for all packages of a lock.

    Returns:
        ``{"name", "version", "vulns"}`` of each.

    Raises:
        NotAskedError: with the reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answer.json"
        command = [str(Path(sys.executable).parent / "pip-audit"), "--requirement", str(lock)]
        command += ["--disable-pip", "--require-hashes", "--vulnerability-service", "osv"]
        command += ["--timeout", str(SOCKET_S), "--progress-spinner", "off"]
        command += ["--format", "json", "--output", str(out)]
        try:
            ended = subprocess.run(  # noqa: S603 (ours)
                command, capture_output=True, text=True, check=False, timeout=most_s
            )
            answer: list[dict[str, Any]] = json.loads(out.read_bytes())["dependencies"]
        except subprocess.TimeoutExpired:
            raise NotAskedError(f"no answer within {most_s:g} s") from None
        except (OSError, ValueError, KeyError):
            raise NotAskedError((ended.stderr.strip().splitlines() or ["no reason"])[-1]) from None
    skipped = [each["name"] for each in answer if "skip_reason" in each]
    if skipped or not answer:
        raise NotAskedError(f"not asked for: {', '.join(skipped) or 'any package'}")
    return answer


def main() -> int:
    """Ask for each lock."""
    code = 0
    for lock in map(Path, sys.argv[1:]):
        try:
            answer = ask(lock)
        except NotAskedError as error:
            print(
                f"audit: {lock}: the advisory service could not be asked, so nothing is known of "
                f"these packages. {error}",
                file=sys.stderr,
            )
            return 3
        found = [(each, vulnerability) for each in answer for vulnerability in each["vulns"]]
        for each, vulnerability in found:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            print(
                f"{lock}: {each['name']} {each['version']}: {vulnerability['id']}, fixed in {fixed}"
            )
        print(f"audit: {lock}: {len(answer)} packages, {len(found)} known vulnerabilities")
        code = code or bool(found)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
