"""GET /v1/models."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from model.features import FeatureSpec
from service.canary.judge import Verdict
from service.canary.keeper import CanaryKeeper
from service.canary.metrics import State
from service.routes.dependencies import ComponentsDep

router = APIRouter(tags=["models"])
_SHOWN = 20


class FieldDescription(BaseModel):
    """A field that a row may have."""

    name: str
    kind: Literal["categorical", "numeric"]
    side: Literal["context", "candidate"]


class CanaryDescription(BaseModel):
    """The version on trial: its share as the pointer says it, and how it does in this gateway.

    Once there is a verdict, it comes with the thresholds and figures that ``canary-<version>.json`` has,
    for whoever can write that file where the gateway cannot.
    """

    version: str
    share: float
    state: State
    problem: str
    requests: int
    failures: int
    verdict: Verdict | None
    thresholds: dict[str, float] | None
    figures: dict[str, Any] | None


class ModelDescription(BaseModel):
    """A model and its versions."""

    name: str
    version: str | None
    previous: str | None
    canary: CanaryDescription | None
    loaded: list[str]
    fields: list[FieldDescription]
    example: dict[str, Any]


class Models(BaseModel):
    """The models of this gateway."""

    models: list[ModelDescription]


@router.get("/v1/models")
async def models(components: ComponentsDep) -> Models:
    """List the model: live and previous version, the canary, what is loaded, fields, an example."""
    release = components.releases.live
    pointer = components.releases.pointer
    tried = components.canaries.last
    loaded = [release.version] if release else []
    if tried is not None:
        loaded.append(tried.release.version)
    return Models(
        models=[
            ModelDescription(
                name=components.settings.model_name,
                version=release.version if release else None,
                previous=pointer.previous if pointer else None,
                canary=describe(components.canaries),
                loaded=loaded,
                fields=[
                    FieldDescription(name=field.name, kind=field.kind, side=field.side)
                    for field in (release.spec.fields if release else ())
                ],
                example=make_example(release.spec) if release else {},
            )
        ]
    )


def describe(canaries: CanaryKeeper) -> CanaryDescription | None:
    """Describe the canary, if there is one."""
    wanted, trial, state = canaries.wanted, canaries.last, canaries.state
    if wanted is None or state is None:
        return None
    judged = trial if trial is not None and trial.verdict is not None else None
    return CanaryDescription(
        version=wanted.version,
        share=wanted.share,
        state=state,
        problem=canaries.problem,
        requests=trial.judge.requests if trial is not None else 0,
        failures=trial.judge.failures if trial is not None else 0,
        verdict=judged.verdict if judged else None,
        thresholds=judged.thresholds.to_json() if judged else None,
        figures=judged.judge.figures() if judged else None,
    )


def make_example(spec: FeatureSpec) -> dict[str, Any]:
    """Make a row up: real ones are somebody's data and not for everyone who asks."""
    return {
        field.name: 1 if field.kind == "numeric" else "example" for field in spec.fields[:_SHOWN]
    }
