"""One line per event, for people in development and as JSON in production. Tracebacks never print local variables:
those are where codes and secrets stand."""

from __future__ import annotations

import structlog

from .settings import Settings


def configure(settings: Settings) -> None:
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if settings.production else _for_people()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        cache_logger_on_first_use=False,
    )


def _for_people() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
