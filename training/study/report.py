"""The report of a study: one page that needs nothing else."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from training.page import page, plot
from training.study.table import Table
from training.study.view import View
from training.train.toml_text import toml_text


def report(found: Mapping[str, Any], view: View, svg: str, files: Mapping[str, str]) -> str:
    """Write the page: what was found, plot, tables, where it is from, and the files themselves.

    Nothing is fetched and nothing runs: style and plot are in the page, files are ``data:`` links.

    Args:
        found: what ``results.json`` holds.
        view: what is shown.
        svg: the plot; empty if there is none.
        files: CSV and JSON files by name.
    """
    tables = "\n".join(table.html() for table in view.tables)
    shown = plot(svg, view.described) if svg else ""
    parts = [
        _said(found),
        *([shown, tables] if view.figure_first else [tables, shown]),
        _list("Failed", found["failed"]),
        _provenance(found),
        _configurations(found["configurations"]),
        _files(files),
    ]
    body = "\n".join(part for part in parts if part)
    return page("dynint study", found["title"], found["about"], body)


def _said(found: Mapping[str, Any]) -> str:
    if not found["said"]:
        return ""
    items = "\n".join(f"<li>{escape(each)}</li>" for each in found["said"])
    return f'<ul class="said">\n{items}\n</ul>'


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    lines = "\n".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<h2>{escape(title)}</h2>\n<ul>\n{lines}\n</ul>"


def _provenance(found: Mapping[str, Any]) -> str:
    data, sessions = found["data"], found["sessions"]
    rows = ", ".join(f"{name} {number:,}" for name, number in data["rows"].items())
    good = [run for run in found["runs"] if run["train_seconds"] is not None]
    trained = sum(run["train_seconds"] for run in good)
    whole = sum(session["seconds"] for session in sessions)
    facts = [
        ("data", f"{data['name']}{f' ({rows} rows)' if rows else ''}"),
        ("data card digest", data["digest"]),
        ("feature spec digest", data["spec_digest"]),
        ("vocabulary digest", data["vocabulary_digest"]),
        ("seeds", ", ".join(map(str, found["seeds"]))),
        ("runs", f"{len(good)} of {len(found['configurations']) * len(found['seeds'])}"),
        ("wall time", f"{_duration(whole)}, of which {_duration(trained)} in training steps"),
    ]
    facts += [
        (
            "packages" if len(found["versions"]) == 1 else f"packages of {each['runs']} runs",
            ", ".join(f"{name} {version}" for name, version in each["packages"].items()),
        )
        for each in found["versions"]
    ]
    facts += [("machine", text) for text in dict.fromkeys(map(_machine, sessions))]
    terms = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    return f"<h2>Where this is from</h2>\n<dl>\n{terms}\n</dl>\n{_sessions(sessions)}"


def _machine(session: Mapping[str, Any]) -> str:
    of = session["machine"]
    memory = f", {of['memory_gb']} GB" if of["memory_gb"] else ""
    return f"{of['processor']}, {of['cores']} cores{memory}, {of['system']}"


def _sessions(sessions: Sequence[Mapping[str, Any]]) -> str:
    heads = ["started", "ended", "seconds", "runs trained", "dynint", "commit"]
    rows = [
        [
            *(session["started"], session["ended"], f"{session['seconds']:,.0f}"),
            *(str(session["runs"]), session["dynint"], _commit(session["commit"])),
        ]
        for session in sessions
    ]
    note = "A line for each call of the command that trained something, and for the last one."
    return Table("Sessions", heads, rows, note).html().replace("h2>", "h3>")


def _commit(text: str | None) -> str:
    """Shorten a commit; ``results.json`` has it whole."""
    if text is None:
        return "not known"
    commit, plus, changes = text.partition("+")
    return f"{commit[:12]}{plus}{changes}"


def _configurations(configurations: Mapping[str, Mapping[str, Any]]) -> str:
    blocks = "\n".join(
        f"<details><summary>{escape(label)}</summary>\n<pre>{escape(toml_text(config))}</pre>"
        "</details>"
        for label, config in configurations.items()
    )
    note = "<p>As <code>dynint train --config</code> takes them; the seed is each of the seeds.</p>"
    return f"<h2>Configurations</h2>\n{note}\n{blocks}"


def _files(files: Mapping[str, str]) -> str:
    links = "\n".join(
        f'<li><a download="{escape(name)}" href="{_data_link(name, text)}">{escape(name)}</a></li>'
        for name, text in files.items()
    )
    return f"<h2>Numbers</h2>\n<ul>\n{links}\n</ul>"


def _data_link(name: str, text: str) -> str:
    kind = "application/json" if name.endswith(".json") else "text/csv"
    return f"data:{kind};charset=utf-8;base64,{b64encode(text.encode()).decode()}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
