"""docs/reference/http.md: paths, forms and problems, from the OpenAPI document and the table of problems."""

import inspect
import json
from typing import Any

from scripts.references.markdown import cell, document, prose, table
from service.errors import RateLimitError, UnavailableError
from service.main import create_app
from service.openapi import document as openapi
from service.openapi_rows import RowSchemas
from service.problems import INTERNAL, KINDS, ROUTING
from service.settings import Settings

NAME = "http"

_INTRODUCTION = """What the gateway answers over HTTP. `GET /openapi.json` is the same for programs, `GET /docs`
shows it. Every error is `application/problem+json` (RFC 9457) and names what is wrong, the rule, what was received
and what to do; it never repeats the request."""


def page() -> str:
    """Write the page."""
    # Of a remote scorer, so that TensorFlow is not asked for; nothing is connected.
    app = create_app(Settings(scorer="grpc://localhost:8500"))
    found = openapi(app, RowSchemas(None, frozenset(), False, app.components.settings.max_rows))
    paths = sorted(found["paths"].items(), key=lambda each: ("predict" not in each[0], each[0]))
    parts = [
        part
        for path, operations in paths
        for method, operation in operations.items()
        for part in _operation(method.upper(), path, operation)
    ]
    schemas = found["components"]["schemas"]
    forms = [part for name in sorted(schemas) for part in _schema(name, schemas[name])]
    return document(
        "HTTP",
        _INTRODUCTION,
        *parts,
        "## Problems",
        "`type` is `urn:dynint:problem:` and the problem's name. Those with *again* carry `Retry-After`.",
        table(("status", "problem", "again", "title", "when"), _problems()),
        "## Forms",
        *forms,
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    parts = [f"## {method} {path}", prose(operation.get("description") or operation["summary"])]
    if path.startswith("/v1/") and "predict" in path:
        return [f"## {method} {path}", "As `POST /predict`."]
    body = operation.get("requestBody", {}).get("content", {})
    parts += [f"Takes `{kind}`: {_type(each['schema'])}." for kind, each in body.items()]
    inputs = operation.get("parameters", [])
    if inputs:
        rows = [
            (f"`{each['name']}`", each["in"], cell(each.get("description", ""))) for each in inputs
        ]
        parts.append(table(("parameter", "in", "what it is"), rows))
    rows = []
    for status, answer in operation["responses"].items():
        content = "; ".join(
            f"`{kind}`" + (f": {_type(each['schema'])}" if each.get("schema") else "")
            for kind, each in answer.get("content", {}).items()
        )
        rows.append((status, cell(answer["description"]), content))
    return [*parts, table(("status", "what", "body"), rows)]


def _problems() -> list[tuple[str, str, str, str, str]]:
    rows = []
    for error, kind in KINDS.items():
        when = inspect.getdoc(error) or ""
        again = "yes" if issubclass(error, (RateLimitError, UnavailableError)) else ""
        if kind is not INTERNAL:
            first = cell(when.split("\n\n")[0])
            rows.append((str(kind.status), f"`{kind.slug}`", again, kind.title, first))
    for kind in ROUTING.values():
        rows.append((str(kind.status), f"`{kind.slug}`", "", kind.title, ""))
    rows.append((str(INTERNAL.status), f"`{INTERNAL.slug}`", "", INTERNAL.title, ""))
    return sorted(rows)


def _schema(name: str, schema: dict[str, Any]) -> list[str]:
    parts = [f"### {name}", prose(schema.get("description", ""))]
    needed = schema.get("required", [])
    rows = [
        (
            f"`{key}`",
            _type(each),
            "yes" if key in needed else "",
            cell(each.get("description", "")),
        )
        for key, each in schema.get("properties", {}).items()
    ]
    if rows:
        parts.append(table(("member", "type", "always", "what it is"), rows))
    if "example" in schema:
        parts.append(f"```json\n{json.dumps(schema['example'])}\n```")
    return parts


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "allOf" in schema:  # the form, and what narrows it
        return _type(schema["allOf"][0])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"array of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(kind)
