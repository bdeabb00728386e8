"""Log lines: one event with its values, as text for people or JSON for machines. Secrets hide themselves."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from typing import TextIO

    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

    from millgate.core.settings import Settings


def configure(settings: Settings) -> None:
    """Send all logs, ours and libraries', to standard error in one form."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, *_rendering(settings.log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings.log_format),
            ],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


def _rendering(form: str) -> list[Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=repr)]
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_traceback)
    return [_on_one_line, renderer]


def _on_one_line(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Texts that a terminal or a reader would take for more than one line, or for commands, are escaped."""
    return {
        name: ascii(value) if isinstance(value, str) and not value.isprintable() else value
        for name, value in event.items()
    }


def _traceback(out: TextIO, failed: ExcInfo) -> None:
    """Without the values of variables, which hold keys and secrets. No line can be taken for an event."""
    lines = io.StringIO()
    structlog.dev.plain_traceback(lines, failed)
    out.writelines(f"  {line}\n" for line in lines.getvalue().splitlines())
