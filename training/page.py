"""A page of results that needs nothing else: style and plots are in it, and nothing runs."""

from html import escape
from pathlib import Path

from training.picture import inline

_STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<main>
<header>
<p class="kind">{kind}</p>
<h1>{title}</h1>
<p>{about}</p>
</header>
{body}
</main>
</body>
</html>
"""


def page(kind: str, title: str, about: str, body: str) -> str:
    """Write a page.

    Args:
        kind: of the page, above its title.
        title: plain text, as ``kind`` and ``about``.
        about: what is below the title.
        body: HTML.
    """
    return _PAGE.format(
        kind=escape(kind), title=escape(title), about=escape(about), style=_STYLE, body=body
    )


def plot(svg: str, described: str) -> str:
    """Make an SVG document a figure of a page; ``described`` says in words what it shows."""
    return f'<figure class="plot">\n{inline(svg, escape(described))}\n</figure>'
