"""Structured logs: an event name plus fields. No document text in a log.

Events: api.started api.stopped request.done request.crashed document.refused ·
worker.started worker.draining worker.stopped worker.poll_failed ·
task.done task.deferred task.failed task.lost task.crashed task.released ·
model.called · sweep.objects
"""

import logging
import sys

import structlog

from service.settings import Settings

# Fields that the request or the task has bound are added by themselves.
logger: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure(settings: Settings) -> None:
    """Sends log lines to stderr, as JSON or as text for people. Libraries log warnings alone."""
    renderer: structlog.types.Processor = structlog.processors.JSONRenderer()
    if settings.log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
