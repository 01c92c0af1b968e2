"""docs/reference/cli.md: every verb with its arguments and options, from the typer applications."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePath
from typing import Any, get_args

import typer

from dynint import VERBS
from scripts.references.markdown import cell, document, prose, table

NAME = "cli"
_KINDS = {"str": "text", "int": "integer", "float": "number", "bool": "", "PosixPath": "path"}

_INTRODUCTION = """`dynint VERB [OPTIONS]`. Results go to standard output, progress and logs to standard error. With
`--json` the last line of standard output is one JSON object. Exit codes: 0 done, 1 a check or a gate said no, 2 bad
input or usage, 3 another process is at it already (`retrain`). `dynint VERB --help` says the same as this page."""


def page() -> str:
    """Write the page."""
    parts = []
    for verb, (module, line) in VERBS.items():
        group: Any = typer.main.get_command(import_module(module).app)
        parts += [*_describe(verb, group.commands[verb], line)]
    listed = "\n".join(f"- [`{verb}`](#{verb}): {cell(line)}" for verb, (_, line) in VERBS.items())
    return document("Command line", _INTRODUCTION, listed, *parts)


def _describe(name: str, command: Any, line: str = "") -> Iterator[str]:
    commands = getattr(command, "commands", None)
    yield f"{'##' if ' ' not in name else '###'} {name}"
    yield _paragraphs(command.help or line)
    if commands:
        for below, each in commands.items():
            yield from _describe(f"{name} {below}", each)
        return
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = "".join(f" {_argument(each)}" for each in arguments)
    yield f"```\ndynint {name}{usage}{' [OPTIONS]' if options else ''}\n```"
    if command.params:
        yield table(
            ("", "takes", "default", "what it does"),
            [_row(each) for each in (*arguments, *options)],
        )


def _paragraphs(text: str) -> str:
    return "\n\n".join(prose(each) for each in re.split(r"\n\s*\n", inspect.cleandoc(text)))


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("..." if parameter.nargs != 1 else "")
    return name if parameter.required else f"[{name}]"


def _row(parameter: Any) -> tuple[str, str, str, str]:
    if parameter.param_type_name == "argument":
        name = f"`{_argument(parameter)}`"
    else:
        name = ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))
    return name, _takes(parameter), _default(parameter), cell(parameter.help or "")


def _takes(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    several = getattr(annotation, "__origin__", None) is list
    kind = get_args(annotation)[0] if several else annotation
    low, high = parameter.min, parameter.max
    named = {"Path": "path"}.get(kind.__name__, _KINDS.get(kind.__name__, kind.__name__))
    bounds = [f"{low} or more"] if low is not None and high is None else []
    if high is not None:
        bounds = [f"{low} to {high}" if low is not None else f"{high} or less"]
    again = ["may be repeated"] if several and parameter.param_type_name == "option" else []
    return ", ".join(each for each in (named, *bounds, *again) if each)


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default  # what the machine decides
    default = parameter.default
    if parameter.required:
        return "required"
    if default is None or default == [] or default == ():
        return ""
    if isinstance(default, bool):
        if parameter.secondary_opts:
            return f"`{parameter.opts[0] if default else parameter.secondary_opts[0]}`"
        return "yes" if default else ""
    if isinstance(default, list | tuple):
        return ", ".join(f"`{each}`" for each in default)
    if isinstance(default, PurePath):
        return f"`{default}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
