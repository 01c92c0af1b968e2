"""GET /: the page for people; its parts are below /page."""

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from service.page_file import page_file

router = APIRouter(include_in_schema=False)

PARTS = frozenset(
    {
        *("page.css", "icon.svg", "main.js", "make.js", "examples.js", "ask.js", "curl.js"),
        *("fields.js", "answer.js", "bars.js", "refusal.js", "exposition.js", "live.js", "plot.js"),
    }
)
"""The page's own files; no other is served."""


@router.get("/")
async def page() -> Response:
    """Show the page."""
    return page_file("page/index.html")


@router.get("/page/{name}")
async def part(name: str) -> Response:
    """Return one of the page's files."""
    if name not in PARTS:
        raise HTTPException(404)
    return page_file(f"page/{name}")
