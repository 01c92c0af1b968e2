"""Is it alive, is it ready, and how is it."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from service.errors import EndingError, ScorerUnavailableError
from service.routes.dependencies import ComponentsDep

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Requests are answered."""

    status: Literal["ready"] = "ready"
    model: str
    version: str


class Health(BaseModel):
    """Details for people."""

    status: Literal["ready", "not ready", "draining"]
    model: str
    version: str | None
    problem: str
    scorer: str
    scorer_available: bool
    redis: Literal["not configured", "in use", "left alone"]
    l1_rows: int


@router.get("/livez")
async def livez() -> Alive:
    """Tell that the process answers; says nothing of models."""
    return Alive()


@router.get("/readyz")
async def readyz(components: ComponentsDep) -> Ready:
    """Tell whether requests are answered: a release is loaded and its scorer is available."""
    if components.draining:
        raise EndingError("gateway: must not be about to end; it is")
    release = components.releases.take()
    if not await release.scorer.is_available():
        raise ScorerUnavailableError("scorer: must serve the live version; it does not answer so")
    return Ready(model=release.model, version=release.version)


@router.get("/healthz")
async def healthz(components: ComponentsDep) -> Health:
    """Tell how each part is; always 200, for people and not for probes."""
    release = components.releases.live
    available = release is not None and await release.scorer.is_available()
    cache = components.cache
    if components.draining:
        status: Literal["ready", "not ready", "draining"] = "draining"
    else:
        status = "ready" if available else "not ready"
    return Health(
        status=status,
        model=components.settings.model_name,
        version=release.version if release else None,
        problem=components.releases.problem,
        scorer=components.scorer.name,
        scorer_available=available,
        redis="not configured" if cache is None else "left alone" if cache.is_open else "in use",
        l1_rows=len(release.tiers.l1) if release else 0,
    )
