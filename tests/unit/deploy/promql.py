"""What a PromQL expression asks for, told from its words: metrics, their labels, labels that it groups by."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"

_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_GROUP = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]")
_METRIC = re.compile(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?")
_WORDS = frozenset({"and", "or", "unless", "bool", "group_left", "group_right"})
_UNIT = re.compile(r"^[0-9]")


@dataclass
class Asked:
    """What one expression asks for.

    Attributes:
        selectors: each metric with the labels that its selector names.
        grouped: labels that are grouped or matched by.
    """

    selectors: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    grouped: set[str] = field(default_factory=set)


def asked(expression: str) -> Asked:
    """Read an expression; what Grafana puts in (``$name``) counts as a value."""
    found = Asked()
    text = _RANGE.sub("", _STRING.sub('""', expression))
    for group in _GROUP.finditer(text):
        found.grouped |= {label.strip() for label in group[2].split(",")} - {""}
    text = _GROUP.sub(" ", text)
    text = re.sub(r"\boffset\s+\S+", " ", text)
    for word in _METRIC.finditer(text):
        name, rest = word[1], word[2] or ""
        if rest == "(" or name in _WORDS or _UNIT.match(name):
            continue
        labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", rest)
        found.selectors.append((name, frozenset(labels)))
    return found


def rules(file: str) -> list[dict[str, Any]]:
    """List the rules of a file in ``deploy/prometheus``."""
    groups = yaml.safe_load((PROMETHEUS / file).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions(file: Path) -> list[str]:
    """List what a dashboard asks, with a duration in place of those that Grafana puts in."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("expr"), str):
                found.append(node["expr"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(file.read_text()))
    return [re.sub(r"\$__\w+", "5m", text) for text in found]


def texts() -> list[str]:
    """List every expression of rules and dashboards."""
    found = [rule["expr"] for file in ("recording.yml", "alerts.yml") for rule in rules(file)]
    for file in sorted(DASHBOARDS.glob("*.json")):
        found += expressions(file)
    return found


def asked_of(prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    """List what they ask of metrics whose names begin so, with the labels."""
    for text in texts():
        for name, labels in asked(text).selectors:
            if name.startswith(prefix):
                yield name, labels
