"""`exchange-connector replay`: what a recording says, event by event, as JSON lines."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.session import Connector
from sansio_exchange.venues import NETWORKS, make_venue
from service.session import session_of
from transport.capture import read_capture, replay_capture
from transport.journal import HIDDEN, Header
from transport.replay import kind_of, replay_journal


def replayed(path: Path, exchange: str | None = None) -> Iterator[Any]:
    """The events of a journal, or what the messages of a capture say, in order.

    A journal names its venue; of a capture `exchange` does, or else its addresses. Raises OSError, BadRecording,
    InvalidRequest for a venue that is not known, and ExchangeError for a capture without the venue's symbols.
    """
    if kind_of(path) == "journal":
        yield from replay_journal(path, _machine)
        return
    venue = make_venue(exchange or _venue_of(path))
    for _, said in replay_capture(path, venue):
        yield said


def summary(events: Iterator[Any]) -> Table:
    """How many of each kind there are."""
    counts = Counter(type(event).__name__ for event in events)
    table = Table("Event", "Count")
    table.columns[1].justify = "right"
    for name, count in counts.most_common():
        table.add_row(name, f"{count:,}")
    table.add_section()
    table.add_row("all", f"{counts.total():,}")
    return table


def _machine(header: Header) -> Connector:
    roots = header.endpoints
    endpoints = {name: getattr(roots, name) for name in roots.__struct_fields__}
    venue = make_venue(header.venue, network=header.network, endpoints=endpoints)
    return session_of(header, venue, HIDDEN)


def _venue_of(path: Path) -> str:
    """The venue whose name is in the addresses of the capture."""
    url = next(iter(read_capture(path))).url
    for name in NETWORKS:
        if name in url:
            return name
    raise InvalidRequest("--exchange", f"must name the venue of {path}: {url} is none of {', '.join(NETWORKS)}")
