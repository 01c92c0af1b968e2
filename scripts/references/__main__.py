"""Write docs/reference: ``python -m scripts.references [--check]``, from the repository's root.

With ``--check`` nothing is written: the exit code is 1 if a page is not what the code says now.
"""

import argparse
import difflib
import os
import sys
from pathlib import Path

FOLDER = Path("docs/reference")
_SHOWN = 20


def pages() -> dict[str, str]:
    """Write every page; its name and its text."""
    from scripts.references import cli, http, metrics, settings

    return {f"{each.NAME}.md": each.page() for each in (cli, http, metrics, settings)}


def main() -> int:
    """Write the pages, or with ``--check`` compare them."""
    parser = argparse.ArgumentParser(description="Write docs/reference from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a page is stale")
    check = parser.parse_args().check
    # Settings would take their values from here.
    for name in [name for name in os.environ if name.startswith("DYNINT_")]:
        del os.environ[name]
    stale = 0
    for name, text in pages().items():
        path = FOLDER / name
        there = path.read_text(encoding="utf-8") if path.is_file() else ""
        if there == text:
            continue
        if check:
            stale += 1
            lines = difflib.unified_diff(
                there.splitlines(), text.splitlines(), str(path), "code", ""
            )
            print("\n".join([*lines][:_SHOWN]))
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    if "tensorflow" in sys.modules:
        print("error: a reference's code imports TensorFlow, which takes seconds")
        return 1
    if stale:
        print("references: stale; make references writes them")
    elif check:
        print("references: as the code says")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
