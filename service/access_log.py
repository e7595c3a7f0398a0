"""Structured logs: JSON lines in production, colours on a terminal; never a secret.

Every line of a call carries its correlation id, also lines of other layers that are written meanwhile.
"""

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import IO, Any

import structlog
from grpclib.const import Status

from service.ask import Call, current_call

MASK = "***"
_SHORTEST = 6
"""Secrets shorter than this are not searched for in lines: they would mask common words, and no venue issues any."""

_log = structlog.get_logger("service.access")


_masked: set[str] = set()


def mask(secrets: Iterable[str]) -> None:
    """Write *** wherever one of `secrets` would appear in a line from now on, even within a traceback."""
    _masked.update(each for each in secrets if len(each) >= _SHORTEST)


def configure(*, log_format: str, level: str, out: IO[str] | None = None) -> None:
    """Send all logs, those of libraries too, to `out` (stderr) as "json" or "console" lines."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=(out or sys.stderr).isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_correlation_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]

    def render(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        line = str(renderer(logger, name, event))
        for secret in sorted(_masked, key=len, reverse=True):
            line = line.replace(secret, MASK)
        return line

    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        last.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(out or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*last, render]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # grpclib logs each refused call with a traceback; the access log has what is worth knowing of it.
    logging.getLogger("grpclib").setLevel(logging.CRITICAL)
    for chatty in ("httpx", "httpcore", "uvicorn", "hpack", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _add_correlation_id(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    call = current_call.get()
    if call.correlation_id:
        event.setdefault("correlation_id", call.correlation_id)
    return event


def log_call(call: Call, status: Status, message: str, seconds: float) -> None:
    """One line for each finished call."""
    said = {"error": message} if message else {}
    _log.info(
        "call",
        client=call.client,
        method=call.method,
        latency_ms=round(seconds * 1000, 3),
        status=status.name,
        correlation_id=call.correlation_id,
        **said,
    )
