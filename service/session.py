"""The session that a header describes: of a process that starts, and of its recording that is replayed."""

from sansio_exchange.commands import Credentials
from sansio_exchange.session import Connector
from sansio_exchange.session.memory import from_bytes
from sansio_exchange.venue import Venue
from transport.journal import Header


def session_of(header: Header, venue: Venue, credentials: Credentials) -> Connector:
    """The same machine for the same header, whatever the credentials."""
    memory = None if header.memory is None else from_bytes(header.memory.encode())[0]
    return Connector(
        venue,
        credentials,
        session=header.session,
        seed=header.seed,
        past_is_known=header.past_is_known,
        memory=memory,
    )
