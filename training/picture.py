"""A plot as PNG and as SVG."""

import io
import re
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_NAMESPACES = re.compile(r' xmlns(:\w+)?="[^"]*"')


def save(figure: Figure, path: Path) -> None:
    """Write a PNG."""
    figure.savefig(path, dpi=130)


def as_svg(figure: Figure) -> str:
    """Write it as an SVG document; the same figure gives the same text."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "dynint", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def inline(svg: str, described: str) -> str:
    """Make an SVG document a part of an HTML page: as wide as the page, with words for who hears it.

    Args:
        svg: of ``as_svg``.
        described: what it shows, escaped.
    """
    body = _METADATA.sub("", _PROLOGUE.sub("", svg))
    opening, end, rest = body.partition(">")
    opening = re.sub(r' (width|height)="[^"]*"', "", _NAMESPACES.sub("", opening))
    return f'{opening} role="img" aria-label="{described}"{end}{rest}'
