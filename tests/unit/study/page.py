"""Reading a report as a browser would, and refusing what would make it ask the network."""

import re
from base64 import b64decode
from html.parser import HTMLParser

_ADDRESSES = {"src", "href", "xlink:href", "action", "srcset", "poster", "data", "background"}
_VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """A parsed page.

    Args:
        text: HTML.

    Raises:
        AssertionError: if an element is not closed, or the page needs anything outside itself.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.cells: list[str] = []
        self.files: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []
        assert "script" not in self.tags
        assert "link" not in self.tags
        assert "@import" not in text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at every address."""
        self.tags.append(tag)
        if tag not in _VOID:
            self._open.append(tag)
        named = {name: value or "" for name, value in attrs}
        for name, value in named.items():
            if name in _ADDRESSES:
                assert value.startswith(("#", "data:")), (tag, name, value[:80])
            for address in re.findall(r"url\((.*?)\)", value):
                assert address.strip("'\"").startswith("#"), (tag, name, value[:80])
            assert name.startswith("xmlns") or not re.match(r"(https?:)?//", value), (tag, value)
        if "download" in named:
            self.files[named["download"]] = b64decode(named["href"].partition(",")[2]).decode()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """SVG closes empty elements at once."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the words; a style may fetch nothing."""
        if self._open and self._open[-1] == "style":
            assert not re.search(r"url\(|https?:|@import", data)
            return
        self.words.append(data)
        if self._open and self._open[-1] in {"td", "th", "b"}:
            self.cells.append(data)

    @property
    def text(self) -> str:
        """All words."""
        return "".join(self.words)
