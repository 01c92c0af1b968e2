"""Logs on standard error: one JSON object a line, or lines for a person at a terminal."""

import logging
import sys
from typing import Any, Literal

import orjson
import structlog

LogFormat = Literal["auto", "json", "console"]


def _dumps(content: Any, **_: Any) -> str:
    return orjson.dumps(content, default=str).decode()


def configure_logs(level: str, form: LogFormat = "auto") -> None:
    """Send structlog's and the libraries' logs to standard error.

    Args:
        level: least level: ``debug``, ``info``, ``warning`` or ``error``; libraries speak from
            ``warning`` on.
        form: ``json``, ``console``, or ``auto``: the console's form if standard error is a
            terminal.
    """
    on_console = sys.stderr.isatty() if form == "auto" else form == "console"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if on_console:
        renderer: Any = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    else:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer(serializer=_dumps)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    logging.basicConfig(
        level=max(logging.WARNING, logging.getLevelName(level.upper())),
        handlers=[handler],
        force=True,
    )
