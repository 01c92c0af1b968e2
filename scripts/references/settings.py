"""docs/reference/settings.md: every DYNINT_* variable, from the fields and their docstrings."""

import inspect
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from scripts.references.markdown import cell, document, table
from service.settings import Settings
from service.settings_source import OTHERS

NAME = "settings"

GROUPS = {
    "Release": ("release_", "model_", "pointer_", "keep_"),
    "Address": ("host", "port"),
    "Keys and the admin port": ("api_", "key", "admin_", "client_", "rate_"),
    "Scorer": ("scorer", "batch_", "remote_"),
    "Redis": ("redis_",),
    "Embedding rows": ("l1_", "table_"),
    "Requests and their limits": (
        *("unknown_", "max_", "header_", "body_", "write_", "request_", "queue_"),
    ),
    "Canary": ("canary_",),
    "Ending": ("drain_", "shutdown_"),
    "Log, gates, traces": ("log_", "gate_", "tracing_"),
}
"""What names begin with, by the page's headings; the rest is under "Others"."""

_OPTIONS = {
    "release_root": "--release-root",
    "model_name": "--name",
    "host": "--host",
    "port": "--port",
    "scorer": "--scorer",
    "redis_url": "--redis-url",
}
_TYPES = {"str": "text", "int": "integer", "float": "number", "bool": "true or false"}
_BOUNDS = {
    "ge": "{} or more",
    "gt": "more than {}",
    "le": "{} at most",
    "lt": "less than {}",
}

_INTRODUCTION = """Environment variables of the gateway. `dynint serve`, `dynint doctor` and `dynint warm` have
options for some, which win. A value that breaks its rule ends the command with exit code 2 and a text that names the
setting (`redis_ca_file` is `DYNINT_REDIS_CA_FILE`); an empty one is none where there may be none; a
variable with this prefix that is none of these is warned of. `dynint doctor` checks them against the machine."""


def page() -> str:
    """Write the page."""
    grouped: dict[str, list[str]] = {title: [] for title in (*GROUPS, "Others")}
    for name in Settings.model_fields:
        grouped[_group(name)].append(name)
    parts = []
    for title, names in grouped.items():
        if names:
            head = ("variable", "takes", "default", "what it says")
            parts += [f"## {title}", table(head, [_row(name) for name in names])]
    others = ", ".join(f"`{name}`" for name in sorted(OTHERS))
    return document(
        "Settings", _INTRODUCTION, *parts, f"Not of the gateway, and so not warned of: {others}."
    )


def _group(name: str) -> str:
    for title, starts in GROUPS.items():
        if name.startswith(starts):
            return title
    return "Others"


def _row(name: str) -> tuple[str, str, str, str]:
    field = Settings.model_fields[name]
    variable = f"`DYNINT_{name.upper()}`"
    if name in _OPTIONS:
        variable += f", `{_OPTIONS[name]}`"
    meaning = inspect.cleandoc(field.description or "")
    return variable, _takes(field), _default(field), cell(meaning)


def _takes(field: FieldInfo) -> str:
    said = [_type(field.annotation)]
    for rule in field.metadata:
        for name, words in _BOUNDS.items():
            if getattr(rule, name, None) is not None:
                bound = getattr(rule, name)
                said.append(words.format(f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"))
        if getattr(rule, "min_length", None):
            said.append("not empty")
        if getattr(rule, "pattern", None):
            said.append(f"`{cell(rule.pattern)}`")
    return ", ".join(said)


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(annotation))
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return ", ".join(_type(each) for each in get_args(annotation) if each is not type(None))
    name = getattr(annotation, "__name__", str(annotation))
    return {"Path": "path", "SecretStr": "text (secret)"}.get(name, _TYPES.get(name, name))


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "by the machine"
    if field.default is None:
        return "none"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default}`" if str(field.default) else "empty"
