"""Criteo lines for tests."""

from collections.abc import Mapping


def line(label: str | None = "0", **columns: str) -> bytes:
    """Write one line: ``line("1", I1="3", C26="ff")``; the rest is missing, ``None`` leaves the label out."""
    names = [*(f"I{place}" for place in range(1, 14)), *(f"C{place}" for place in range(1, 27))]
    assert set(columns) <= set(names)
    cells = [columns.get(name, "") for name in names]
    return "\t".join(cells if label is None else [label, *cells]).encode() + b"\n"


def instance_of(raw: bytes) -> tuple[int, Mapping[str, object]]:
    """Read a good line the plain way: label and instance, numbers as ``int``."""
    label, *cells = raw.rstrip(b"\r\n").decode().split("\t")
    names = [*(f"I{place}" for place in range(1, 14)), *(f"C{place}" for place in range(1, 27))]
    found: dict[str, object] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell:
            found[name] = int(cell) if name.startswith("I") else cell
    return int(label), found
