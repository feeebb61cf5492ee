"""Structured logs: an event name plus fields. No document text in a log.

Events: api.started api.stopped request.done request.crashed document.refused · worker.started worker.draining
worker.stopped worker.poll_failed task.done task.deferred task.failed task.lost task.crashed task.released ·
model.called · sweep.orphans
"""

import logging
import sys

import structlog

from service.settings import Settings


def configure(settings: Settings) -> None:
    """Sends every log line to stderr, as JSON or as text for people. Library loggers keep to warnings."""
    as_json = settings.log_format == "json"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def get() -> structlog.stdlib.BoundLogger:
    """The logger; fields bound by the request or the task are added by themselves."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger
