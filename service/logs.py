"""Logs: one JSON object a line, on standard error."""

import logging
import sys
from typing import Any

import orjson
import structlog


def _dumps(content: Any, **_: Any) -> str:
    return orjson.dumps(content, default=str).decode()


def configure_logs(level: str) -> None:
    """Send structlog's and the libraries' logs to standard error as JSON.

    Args:
        level: least level: ``debug``, ``info``, ``warning`` or ``error``; libraries speak from
            ``warning`` on.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    json = structlog.processors.JSONRenderer(serializer=_dumps)
    structlog.configure(
        processors=[*shared, json],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=json, foreign_pre_chain=shared)
    )
    logging.basicConfig(
        level=max(logging.WARNING, logging.getLevelName(level.upper())),
        handlers=[handler],
        force=True,
    )
