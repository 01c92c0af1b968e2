"""GET /metrics."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.routes.dependencies import ComponentsDep

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(components: ComponentsDep) -> Response:
    """Write the metrics in Prometheus' text format."""
    return Response(
        generate_latest(components.metrics.registry),
        headers={"content-type": CONTENT_TYPE_LATEST},
    )
