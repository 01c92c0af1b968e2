"""Check what no linter does: file lengths, hosts of package indexes, paths of one machine.

Run it from the repository's root; it prints each finding and exits 1 if there is one.
"""

import re
import subprocess
import sys
from pathlib import Path

LONGEST = 300
GENERATED = re.compile(r"_pb2(_grpc)?\.pyi?$")
FORBIDDEN = {
    "names a package index": re.compile(
        r"(index|registry|simple)[-_a-z]*( ?= ?|[: ]+)\"?https?://|https?://(files|deb|registry)[.]"
    ),
    "names a path of one machine": re.compile(r"/(home|root|Users)/\w|/work/"),
}
SKIP = {"scripts/check_tree.py", "LICENSE"}


def findings(path: Path) -> list[str]:
    """List what is wrong with one tracked file."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    lines = text.splitlines()
    found = []
    if path.suffix == ".py" and not GENERATED.search(path.name) and len(lines) > LONGEST:
        found.append(f"{path}: {len(lines)} lines, at most {LONGEST}: cut it along a seam")
    for number, line in enumerate(lines, start=1):
        found += [
            f"{path}:{number}: {what}" for what, rule in FORBIDDEN.items() if rule.search(line)
        ]
    return found


def main() -> int:
    """Check every tracked file."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)  # noqa: S607 (git is found on PATH, as by any developer)
    problems = [
        problem
        for name in listed.stdout.splitlines()
        if name not in SKIP and Path(name).is_file()
        for problem in findings(Path(name))
    ]
    print("\n".join(problems) if problems else "tree: no long file, no index host, no machine path")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
