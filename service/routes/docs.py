"""GET /docs: a page of our own that shows openapi.json; nothing is fetched from elsewhere."""

from fastapi import APIRouter
from fastapi.responses import Response

from service.page_file import page_file

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> Response:
    """Show the page."""
    return page_file("docs.html")


@router.get("/docs/docs.js")
async def script() -> Response:
    """Return the page's script."""
    return page_file("docs.js")


@router.get("/docs/docs.css")
async def style() -> Response:
    """Return the page's style."""
    return page_file("docs.css")
