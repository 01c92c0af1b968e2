"""GET /v1/models."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from model.features import FeatureSpec
from service.routes.dependencies import ComponentsDep

router = APIRouter(tags=["models"])
_SHOWN = 20


class FieldDescription(BaseModel):
    """A field that a row may have."""

    name: str
    kind: Literal["categorical", "numeric"]
    side: Literal["context", "candidate"]


class ModelDescription(BaseModel):
    """A model and its versions."""

    name: str
    version: str | None
    previous: str | None
    loaded: list[str]
    fields: list[FieldDescription]
    example: dict[str, Any]


class Models(BaseModel):
    """The models of this gateway."""

    models: list[ModelDescription]


@router.get("/v1/models")
async def models(components: ComponentsDep) -> Models:
    """List the model: live and previous version, what is loaded, fields, an example."""
    release = components.releases.live
    pointer = components.releases.pointer
    return Models(
        models=[
            ModelDescription(
                name=components.settings.model_name,
                version=release.version if release else None,
                previous=pointer.previous if pointer else None,
                loaded=[release.version] if release else [],
                fields=[
                    FieldDescription(name=field.name, kind=field.kind, side=field.side)
                    for field in (release.spec.fields if release else ())
                ],
                example=make_example(release.spec) if release else {},
            )
        ]
    )


def make_example(spec: FeatureSpec) -> dict[str, Any]:
    """Make a row up: real ones are somebody's data and not for everyone who asks."""
    return {
        field.name: 1 if field.kind == "numeric" else "example" for field in spec.fields[:_SHOWN]
    }
