"""Compile model/wire/*.proto: ``python scripts/generate_proto.py [--check]``.

With ``--check`` nothing is written: the exit code is 1 if the committed code is not what the
compiler makes.
"""

import argparse
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
WIRE = Path("model/wire")


def compile_into(folder: Path) -> list[Path]:
    """Compile every .proto file into ``folder``; returns the generated files, relative to it."""
    sources = sorted((ROOT / WIRE).glob("*.proto"))
    if not sources:
        sys.exit(f"error: no .proto file in {ROOT / WIRE}")
    arguments = [
        "protoc",
        f"--proto_path={ROOT}",
        f"--proto_path={resources.files('grpc_tools') / '_proto'}",
        f"--python_out={folder}",
        f"--pyi_out={folder}",
        *(str(source.relative_to(ROOT)) for source in sources),
    ]
    code = protoc.main(arguments)
    if code != 0:
        sys.exit(f"error: protoc exited with {code}")
    return sorted(path.relative_to(folder) for path in folder.rglob("*_pb2.py*"))


def main() -> int:
    """Write the generated code, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description="Compile model/wire/*.proto.")
    parser.add_argument("--check", action="store_true", help="fail if the committed code is stale")
    check = parser.parse_args().check

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = {path: (folder / path).read_bytes() for path in compile_into(folder)}
    committed = {path.relative_to(ROOT) for path in (ROOT / WIRE).glob("*_pb2.py*")}
    stale = sorted(
        path
        for path in committed | made.keys()
        if path not in made
        or not (ROOT / path).exists()
        or (ROOT / path).read_bytes() != made[path]
    )
    if check:
        for path in stale:
            print(f"stale: {path}", file=sys.stderr)
        if stale:
            print("Run: make proto", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        if path in made:
            (ROOT / path).write_bytes(made[path])
            print(f"wrote {path}")
        else:
            (ROOT / path).unlink()
            print(f"removed {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
