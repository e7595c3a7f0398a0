"""Log lines are JSON, carry the correlation id, and never a secret: requirements 7.1 and 8.1."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from grpclib.const import Status

from service import access_log
from service.ask import Call, current_call

CALL = Call(method="/x/Y", client="maker", correlation_id="c-1")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    kept = root.handlers, root.level
    masked = set(access_log._masked)
    stream = io.StringIO()
    access_log.configure(log_format="json", level="info", out=stream)
    yield stream
    root.handlers, root.level = kept
    structlog.reset_defaults()
    access_log._masked.clear()
    access_log._masked.update(masked)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_call_is_one_json_line(out: io.StringIO) -> None:
    access_log.log_call(CALL, Status.NOT_FOUND, "no such order", 0.0123456)
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "call",
        "client": "maker",
        "method": "/x/Y",
        "latency_ms": 12.346,
        "status": "NOT_FOUND",
        "correlation_id": "c-1",
        "error": "no such order",
        "level": "info",
        "logger": "service.access",
    }


def test_lines_of_other_layers_carry_the_correlation_id_of_the_call(out: io.StringIO) -> None:
    token = current_call.set(CALL)
    logging.getLogger("transport.driver").warning("slow %s", "venue")
    current_call.reset(token)
    logging.getLogger("transport.driver").warning("after")
    first, second = lines(out)
    assert (first["event"], first["correlation_id"]) == ("slow venue", "c-1")
    assert "correlation_id" not in second


def test_a_secret_is_masked_wherever_it_appears(out: io.StringIO) -> None:
    access_log.mask(["s3cr3t-key", "x"])
    log = structlog.get_logger("a")
    log.info("asked", url="https://x?signature=s3cr3t-key")
    try:
        raise ValueError("bad s3cr3t-key")
    except ValueError:
        log.exception("failed")
        logging.getLogger("b").exception("failed")
    text = out.getvalue()
    assert "s3cr3t-key" not in text
    assert text.count(access_log.MASK) >= 3
    assert all("bad ***" in line["exception"] for line in lines(out)[1:])


def test_the_level_holds(out: io.StringIO) -> None:
    structlog.get_logger("a").debug("too much")
    logging.getLogger("httpx").info("chatter")
    assert out.getvalue() == ""


def test_console_lines_are_for_people(out: io.StringIO) -> None:
    access_log.configure(log_format="console", level="info", out=out)
    structlog.get_logger("a").info("serving", port=1)
    assert "serving" in out.getvalue()
    assert "port=1" in out.getvalue()
