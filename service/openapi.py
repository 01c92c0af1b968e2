"""What GET /openapi.json says: FastAPI's document, and /predict, which parses its own body.

Every status that can come is there, with the problems that it may stand for; a fuzzer holds the running
gateway against it (docs/fuzzing.md).
"""

from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service import errors
from service.access.places import is_open
from service.openapi_rows import RowSchemas, Schema, reference
from service.problems import INTERNAL, KINDS, MEDIA_TYPE, Kind
from service.routes.predict import PATHS

_EVERYWHERE = (
    errors.MalformedRequestError,
    errors.SlowHeadersError,
    errors.HeadersTooLargeError,
    errors.EndingError,
)
"""What any request may meet before, or in spite of, its own operation."""

_WITHOUT_KEY = (errors.NoKeyError, errors.UnknownKeyError, errors.RateLimitError)
"""What a caller may meet at paths that want a key."""

_MORE = {"/readyz": (errors.NotReadyError, errors.ScorerUnavailableError)}

_SCHEMAS: dict[str, Schema] = {
    "Prediction": {
        "type": "object",
        "required": ["model", "version", "probabilities", "degraded", "request_id"],
        "additionalProperties": False,
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string", "pattern": "^[1-9][0-9]*$"},
            "probabilities": {
                "type": "array",
                "description": "One per row, in the request's order.",
                "minItems": 1,
                "items": {"type": "number", "minimum": 0, "maximum": 1},
            },
            "degraded": {
                "type": "boolean",
                "description": "An embedding tier failed; the next one answered in its place.",
            },
            "request_id": reference("RequestId"),
        },
    },
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail", "request_id"],
        "additionalProperties": False,
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string", "minLength": 1},
            "status": {"type": "integer"},
            "detail": {"type": "string", "minLength": 1},
            "request_id": reference("RequestId"),
            "errors": {
                "type": "array",
                "minItems": 1,
                "maxItems": 10,
                "items": {
                    "type": "object",
                    "required": ["pointer", "field", "rule", "received"],
                    "additionalProperties": False,
                    "properties": {
                        "pointer": {
                            "type": "string",
                            "description": "JSON pointer (RFC 6901) as a URI fragment.",
                            "pattern": "^#(/.*)?$",
                        },
                        "field": {"type": "string"},
                        "rule": {"type": "string"},
                        "received": {"type": "string"},
                    },
                },
            },
            "more_errors": {"type": "boolean"},
        },
    },
    "RequestId": {"type": "string", "pattern": "^[A-Za-z0-9_.:/+=@-]{1,128}$"},
}

_REQUEST_ID: Schema = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": (
        "Comes back in the answer if it is 1 to 128 letters, digits and _.:/+=@-; else, and if it "
        "is absent, one is made up."
    ),
    "schema": {"type": "string"},
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

_EXPLANATION: Schema = {
    "description": (
        "If the request asked for it: hits and misses of each tier that was asked "
        "(l1;hits=350;misses=40), values that are pruned and unseen, levels that a failed "
        "tier was asked for (unavailable;count=0), reasons of degradation."
    ),
    "schema": {"type": "string"},
}

_SECURITY: Schema = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def document(
    app: FastAPI, rows: RowSchemas, key_header: str = "", with_keys: bool = False
) -> Schema:
    """Build the OpenAPI document of the gateway.

    Args:
        app: whose routes are described.
        rows: what the live release takes.
        key_header: header that decides whether the canary gets a request; empty if there is none.
        with_keys: whether the gateway asks for keys.
    """
    result = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_SCHEMAS)
    schemas.update(rows.schemas())
    for path, operations in result["paths"].items():
        callers = () if is_open(path) else _WITHOUT_KEY
        kinds = [KINDS[each] for each in (*_EVERYWHERE, *callers, *_MORE.get(path, ()))]
        for operation in operations.values():
            operation["responses"]["200"]["headers"] = _headers()
            operation["responses"] |= _problems([*kinds, INTERNAL])
    for path in sorted(PATHS):
        result["paths"][path] = {"post": _predict(path, key_header)}
    if with_keys:
        result["components"]["securitySchemes"] = _SECURITY
        result["security"] = [{name: []} for name in _SECURITY]
        for path in filter(is_open, result["paths"]):
            result["paths"][path]["get"]["security"] = []
    return result


def _predict(path: str, key_header: str) -> Schema:
    parameters = [_REQUEST_ID, _EXPLAIN]
    if key_header:
        parameters.append(
            {
                "name": key_header,
                "in": "header",
                "required": False,
                "description": "Its value decides whether the canary gets the request.",
                "schema": {"type": "string"},
            }
        )
    forms = [reference(name) for name in ("Instances", "Ranking", "Columns")]
    return {
        "tags": ["predict"],
        "summary": "Score a batch of impressions",
        "operationId": "predict" if path == "/predict" else "predict_v1",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"oneOf": forms}}},
        },
        "responses": {
            "200": {
                "description": "The click probabilities, in the request's order.",
                "headers": {
                    **_headers(**{"Server-Timing": "Milliseconds by stage."}),
                    _EXPLAIN["name"]: _EXPLANATION,
                },
                "content": {"application/json": {"schema": reference("Prediction")}},
            },
            **_problems([*KINDS.values(), INTERNAL]),
        },
    }


def _problems(kinds: Iterable[Kind]) -> Schema:
    """Describe each status with the kinds of problems that it stands for."""
    by_status: dict[int, list[Kind]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _problem(status, kinds) for status, kinds in sorted(by_status.items())}


def _problem(status: int, kinds: list[Kind]) -> Schema:
    narrower: Schema = {
        "properties": {
            "status": {"const": status},
            "type": {"enum": [kind.type for kind in kinds]},
            "title": {"enum": [kind.title for kind in kinds]},
        },
    }
    if KINDS[errors.InvalidQueryError] in kinds:
        narrower["required"] = ["errors", "more_errors"]
    more = {"Cache-Control": "no-store"}
    if status == 401:
        more["WWW-Authenticate"] = "Bearer."
    if status in {429, 503}:
        more["Retry-After"] = "Seconds."
    return {
        "description": "; or: ".join(kind.title for kind in kinds),
        "headers": _headers(**more),
        "content": {MEDIA_TYPE: {"schema": {"allOf": [reference("Problem"), narrower]}}},
    }


def _headers(**others: str) -> Schema:
    """Describe headers that always come, besides the request's id."""
    described: Schema = {"X-Request-ID": {"required": True, "schema": reference("RequestId")}}
    for name, description in others.items():
        of_seconds = {"type": "integer", "minimum": 1}
        schema = of_seconds if name == "Retry-After" else {"type": "string"}
        described[name] = {"description": description, "required": True, "schema": schema}
    return described
