"""What GET /openapi.json says: FastAPI's document, and /predict, which parses its own body."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.access.places import OPEN
from service.problems import INTERNAL, KINDS, MEDIA_TYPE, Kind
from service.routes.predict import PATHS

Schema = dict[str, Any]

_ROW: Schema = {
    "type": "object",
    "description": (
        "A field's name and its raw value. Categorical fields take strings and integers, "
        "numeric fields take numbers; integers must fit 64 bits. Absent, "
        "null and the empty string all mean: missing. "
        "GET /v1/models lists the fields. If a name comes twice, the last counts."
    ),
    "additionalProperties": {
        "anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}],
    },
}

_SCHEMAS: dict[str, Schema] = {
    "Row": _ROW,
    "Instances": {
        "type": "object",
        "required": ["instances"],
        "additionalProperties": False,
        "properties": {
            "instances": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/components/schemas/Row"},
            }
        },
        "example": {"instances": [{"I1": 3, "C1": "68fd1e64"}]},
    },
    "Ranking": {
        "type": "object",
        "required": ["context", "candidates"],
        "additionalProperties": False,
        "properties": {
            "context": {"$ref": "#/components/schemas/Row"},
            "candidates": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/components/schemas/Row"},
            },
        },
        "example": {"context": {"C14": "5316a17f"}, "candidates": [{"C1": "68fd1e64"}]},
    },
    "Columns": {
        "type": "object",
        "required": ["columns"],
        "additionalProperties": False,
        "properties": {
            "columns": {
                "type": "object",
                "description": (
                    "A field's name and its values, one per row; the arrays are of equal length. "
                    "If a name comes twice, the last counts."
                ),
                "minProperties": 1,
                "additionalProperties": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"anyOf": _ROW["additionalProperties"]["anyOf"]},
                },
            }
        },
        "example": {"columns": {"I1": [3, 4], "C1": ["68fd1e64", None]}},
    },
    "Prediction": {
        "type": "object",
        "required": ["model", "version", "probabilities", "degraded", "request_id"],
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string", "pattern": "^[1-9][0-9]*$"},
            "probabilities": {
                "type": "array",
                "description": "One per row, in the request's order.",
                "items": {"type": "number", "minimum": 0, "maximum": 1},
            },
            "degraded": {
                "type": "boolean",
                "description": "An embedding tier failed; the next one answered in its place.",
            },
            "request_id": {"type": "string"},
        },
    },
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {
                "type": "array",
                "maxItems": 10,
                "items": {
                    "type": "object",
                    "required": ["pointer", "field", "rule", "received"],
                    "properties": {
                        "pointer": {"type": "string", "description": "JSON pointer (RFC 6901)."},
                        "field": {"type": "string"},
                        "rule": {"type": "string"},
                        "received": {"type": "string"},
                    },
                },
            },
            "more_errors": {"type": "boolean"},
        },
    },
}

_REQUEST_ID: Schema = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "Comes back in the answer; one is made up if it is absent or not of this form.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:/+=@-]{1,128}$"},
}

_EXPLAIN: Schema = {
    "name": "X-DynInt-Explain",
    "in": "header",
    "required": False,
    "description": (
        "1: the answer's header of this name tells what the embedding tiers had. "
        "Any other value asks for nothing."
    ),
    "schema": {"type": "string"},
}


_SECURITY: Schema = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def document(app: FastAPI, with_keys: bool = False) -> Schema:
    """Build the OpenAPI document of the gateway.

    Args:
        app: the gateway.
        with_keys: whether it asks for keys.
    """
    result = get_openapi(title=app.title, version=app.version, routes=app.routes)
    result.setdefault("components", {}).setdefault("schemas", {}).update(_SCHEMAS)
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = _problem("What went wrong.")
    for path in sorted(PATHS):
        result["paths"][path] = {"post": _predict(path)}
    if with_keys:
        result["components"]["securitySchemes"] = _SECURITY
        result["security"] = [{name: []} for name in _SECURITY]
        for path in OPEN & result["paths"].keys():
            result["paths"][path]["get"]["security"] = []
    return result


def _predict(path: str) -> Schema:
    headers = {
        "X-Request-ID": {"schema": {"type": "string"}},
        "Server-Timing": {
            "description": "Milliseconds by stage.",
            "schema": {"type": "string"},
        },
        "X-DynInt-Explain": {
            "description": (
                "If the request asked for it: hits and misses of each tier that was asked "
                "(l1;hits=350;misses=40), values that are pruned and unseen, levels that a failed "
                "tier was asked for (unavailable;count=0), reasons of degradation."
            ),
            "schema": {"type": "string"},
        },
    }
    return {
        "tags": ["predict"],
        "summary": "Score a batch of impressions",
        "operationId": "predict" if path == "/predict" else "predict_v1",
        "parameters": [_REQUEST_ID, _EXPLAIN],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [
                            {"$ref": "#/components/schemas/Instances"},
                            {"$ref": "#/components/schemas/Ranking"},
                            {"$ref": "#/components/schemas/Columns"},
                        ]
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "The click probabilities, in the request's order.",
                "headers": headers,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Prediction"}}
                },
            },
            **_problems(),
        },
    }


def _problems() -> Schema:
    by_status: dict[int, list[Kind]] = {}
    for kind in dict.fromkeys([*KINDS.values(), INTERNAL]):
        by_status.setdefault(kind.status, []).append(kind)
    return {
        str(status): _problem("; or: ".join(kind.title for kind in kinds))
        for status, kinds in sorted(by_status.items())
    }


def _problem(description: str) -> Schema:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
