"""GET /docs: a page of our own that shows openapi.json; nothing is fetched from elsewhere."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

router = APIRouter(include_in_schema=False)

_STATIC = Path(__file__).parents[1] / "static"
_HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


@router.get("/docs")
async def docs() -> FileResponse:
    """Show the page."""
    return FileResponse(_STATIC / "docs.html", headers=_HEADERS)


@router.get("/docs/docs.js")
async def script() -> FileResponse:
    """Return the page's script."""
    return FileResponse(_STATIC / "docs.js", headers=_HEADERS)


@router.get("/docs/docs.css")
async def style() -> FileResponse:
    """Return the page's style."""
    return FileResponse(_STATIC / "docs.css", headers=_HEADERS)
