"""Structured logs: an event name plus fields. No document text in a log.

Events: api.started api.stopped request.done request.crashed document.refused · worker.started worker.draining
worker.stopped worker.poll_failed task.claimed task.done task.deferred task.failed task.lost task.crashed ·
model.called model.failed · sweep.orphans
"""

import logging
import sys

import structlog


def configure(log_format: str, level: str) -> None:
    """Sends every log line to stderr, as JSON or as text for people. Library loggers keep to warnings."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def get() -> structlog.stdlib.BoundLogger:
    """The logger; fields bound by the request or the task are added by themselves."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger
