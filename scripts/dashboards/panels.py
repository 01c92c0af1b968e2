"""The parts of a dashboard, as Grafana 11 and 12 read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = 39
"""Grafana 11's version of the JSON; later ones read it."""

COLUMNS = 24
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_HEIGHT = {"stat": 4, "timeseries": 8, "heatmap": 8, "bargauge": 8}

Kind = Literal["stat", "timeseries", "heatmap", "bargauge"]


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        title: what it shows.
        about: what to read from it, in a sentence.
        unit: Grafana's name of the unit.
        queries: expressions, each with its legend.
        kind: how it is drawn.
        width: of 24 columns.
        stacked: whether series are put on each other.
        line: a value to draw a line at, such as an objective.
    """

    title: str
    about: str
    unit: str
    queries: Sequence[tuple[str, str]]
    kind: Kind = "timeseries"
    width: int = 8
    stacked: bool = False
    line: float | None = None

    def json(self, number: int, x: int, y: int) -> dict[str, Any]:
        """Write the panel at its place."""
        grid = {"h": _HEIGHT[self.kind], "w": self.width, "x": x, "y": y}
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.about,
            "datasource": _SOURCE,
            "gridPos": grid,
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": self._options(),
            "targets": [self._target(place, *query) for place, query in enumerate(self.queries)],
        }

    def _defaults(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if self.line is not None:
            steps.append({"color": "red", "value": self.line})
        defaults: dict[str, Any] = {
            "unit": self.unit,
            "thresholds": {"mode": "absolute", "steps": steps},
        }
        if self.kind == "timeseries":
            defaults["custom"] = {
                "lineWidth": 1,
                "fillOpacity": 30 if self.stacked else 5,
                "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
                "thresholdsStyle": {"mode": "off" if self.line is None else "dashed"},
            }
        return defaults

    def _options(self) -> dict[str, Any]:
        if self.kind == "timeseries":
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        if self.kind == "heatmap":
            return {"calculate": False, "yAxis": {"unit": self.unit}, "tooltip": {"mode": "single"}}
        reduced = {"calcs": ["lastNotNull"], "values": False, "fields": ""}
        if self.kind == "bargauge":
            return {"reduceOptions": reduced, "orientation": "horizontal", "displayMode": "basic"}
        return {"reduceOptions": reduced, "textMode": "value_and_name", "colorMode": "value"}

    def _target(self, place: int, expression: str, legend: str) -> dict[str, Any]:
        now = self.kind in {"stat", "bargauge"}
        return {
            "refId": chr(ord("A") + place),
            "datasource": _SOURCE,
            "expr": expression,
            "legendFormat": legend,
            "format": "heatmap" if self.kind == "heatmap" else "time_series",
            "instant": now,
            "range": not now,
        }


@dataclass(frozen=True)
class Dashboard:
    """Rows of panels.

    Attributes:
        uid: part of its address, and the file's name.
        title: of the page.
        about: what it is for.
        rows: each with its title and panels; panels that do not fit beside the others go below.
        variables: further variables, each a name, a label and a query for its values.
    """

    uid: str
    title: str
    about: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    variables: Sequence[tuple[str, str, str]] = field(default_factory=tuple)

    def json(self) -> dict[str, Any]:
        """Write the dashboard."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["dynint"],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"},
            "timezone": "browser",
            "annotations": {"list": []},
            "links": [_links()],
            "templating": {"list": [_datasource(), *map(_variable, self.variables)]},
            "panels": self._panels(),
        }

    def _panels(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        y = 0
        for title, panels in self.rows:
            grid = {"h": 1, "w": COLUMNS, "x": 0, "y": y}
            row = {"id": len(found) + 1, "type": "row", "title": title, "collapsed": False}
            found.append({**row, "gridPos": grid, "panels": []})
            x, y, height = 0, y + 1, 0
            for panel in panels:
                if x + panel.width > COLUMNS:
                    x, y, height = 0, y + height, 0
                found.append(panel.json(len(found) + 1, x, y))
                x, height = x + panel.width, max(height, _HEIGHT[panel.kind])
            y += height
        return found


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "label": "Source", "type": "datasource", "query": "prometheus"}


def _variable(variable: tuple[str, str, str]) -> dict[str, Any]:
    name, label, query = variable
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 4,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"], "selected": True},
    }


def _links() -> dict[str, Any]:
    return {
        "title": "DynInt",
        "type": "dashboards",
        "tags": ["dynint"],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
    }
