"""Write a CycloneDX SBOM of one of the hashed locks: name, version, purl and hashes of each package.

    .cache/audit/bin/python scripts/sbom.py requirements/gateway.txt sbom/gateway.cdx.json

Needs requirements/audit.txt (``make sbom`` sees to it). It asks nobody: the lock says all. Where the packages
are to be had is no part of it: what was installed is told by its hashes, from whatever mirror it came.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def make(lock: Path) -> dict[str, Any]:
    """Make the SBOM of a lock.

    Raises:
        SystemExit: if the lock cannot be read or the result is no CycloneDX.
    """
    command = [str(Path(sys.executable).parent / "cyclonedx-py"), "requirements", str(lock)]
    command += ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    if made.returncode:
        sys.exit(f"sbom: {lock} could not be read as a lock:\n{made.stderr}")
    content: dict[str, Any] = json.loads(made.stdout)
    for tool in content["metadata"]["tools"]["components"]:
        tool.pop("externalReferences", None)
    for component in content["components"]:
        component.pop("description", None)  # the lock's line again
        for reference in component.get("externalReferences", ()):
            reference.pop("comment", None)
            reference["url"] = component["purl"]
    text = json.dumps(content)
    hosts = set(re.findall(r"https?://([^/\"]+)", text)) - {"cyclonedx.org"}
    if hosts:
        sys.exit(f"sbom: must name no host; {lock} leads to {', '.join(sorted(hosts))}")
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong:
        sys.exit(f"sbom: must be CycloneDX 1.6; {lock}: {wrong}")
    return content


def main() -> None:
    """Write one file."""
    lock, out = map(Path, sys.argv[1:])
    content = make(lock)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(content, indent=1) + "\n")
    print(f"wrote {out}: {len(content['components'])} packages, CycloneDX 1.6")


if __name__ == "__main__":
    main()
