"""The session that a header describes: of a process that starts, and of its recording that is replayed."""

import structlog

from sansio_exchange.commands import Credentials
from sansio_exchange.session import Connector
from sansio_exchange.session.memory import from_bytes
from sansio_exchange.venue import Venue
from transport.journal import Header

_log = structlog.get_logger("service.session")


def session_of(header: Header, venue: Venue, credentials: Credentials) -> Connector:
    """The same machine for the same header, whatever the credentials."""
    memory = None
    if header.memory is not None:
        memory, unreadable = from_bytes(header.memory.encode())
        if unreadable:
            _log.warning("a part of what was remembered cannot be read; the venue will be asked", lines=unreadable)
    return Connector(
        venue,
        credentials,
        session=header.session,
        seed=header.seed,
        past_is_known=header.past_is_known,
        memory=memory,
    )
