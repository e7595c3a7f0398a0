"""The HTTP/2 side: grpclib's server, with limits that suit many streams and an end that is graceful."""

import asyncio
import logging
import weakref
from asyncio import BaseTransport

from grpclib.config import Configuration
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.protocol import H2Protocol
from grpclib.server import Server
from h2.settings import SettingCodes
from h2.utilities import SizeLimitDict
from hyperframe.frame import GoAwayFrame

MAX_STREAMS = 2000
"""Streams that one connection may have open. h2 would allow 100, and further calls would wait without a word."""
ENDED_CALLS = 4096
"""Streams that one connection remembers to have ended, for frames that come late. h2 would remember 65,536 of 120 bytes
each: a connector that is asked for much would grow for hours."""

_log = logging.getLogger("service.listener")


class _Connection(H2Protocol):
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport = transport
        h2 = self.connection._connection  # noqa: SLF001
        h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS})
        h2._closed_streams = SizeLimitDict(size_limit=ENDED_CALLS)  # noqa: SLF001
        h2.local_settings.acknowledge()  # clients open streams before they have seen our settings
        self.connection.flush()

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except Exception as error:  # h2 and grpclib trip over many things; it may cost this peer only
            _log.warning("a client sent what is no HTTP/2: %r", error)
            self.processor.close("malformed input")

    def go_away(self) -> None:
        """Tell the client to open no further calls here. Those under way go on, as h2's own GOAWAY would not allow."""
        if not self.connection.is_closing():
            self.transport.write(GoAwayFrame(0, last_stream_id=2**31 - 1).serialize())  # type: ignore[attr-defined]

    def close(self) -> None:
        self.transport.close()


async def _unimplemented(_stream: object) -> None:
    raise GRPCError(Status.UNIMPLEMENTED, "there is no such method")


class _Methods(dict[str, Handler]):
    """Has a handler for methods that there are not: grpclib's own refusal lacks the content type that gRPC demands."""

    def get(self, path: str, default: object = None) -> Handler:
        return super().get(path) or UNKNOWN_METHOD


UNKNOWN_METHOD = Handler(_unimplemented, Cardinality.UNARY_UNARY, None, None)


class Listener(Server):
    """Knows its connections, so that it can say goodbye."""

    def __init__(self, services: list[object]) -> None:
        super().__init__(
            services,  # type: ignore[arg-type]  # grpclib's protocol asks for Mapping[str, Handler], which they have
            config=Configuration(
                # A client that vanished without a word is found out within 80 s, and its subscriptions end.
                _keepalive_time=60.0,
                _keepalive_timeout=20.0,
                _http2_max_pings_without_data=0,
                _http2_min_sent_ping_interval_without_data=30.0,
            ),
        )
        self._mapping = _Methods(self._mapping)
        self._connections: weakref.WeakSet[_Connection] = weakref.WeakSet()

    def _protocol_factory(self) -> H2Protocol:
        plain = super()._protocol_factory()
        connection = _Connection(plain.handler, plain.config, plain.h2_config)
        self._connections.add(connection)
        return connection

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert isinstance(self._server, asyncio.Server)
        return int(self._server.sockets[0].getsockname()[1])

    def stop_accepting(self) -> None:
        """Take no new connections."""
        assert self._server is not None
        self._server.close()

    def go_away(self) -> None:
        """Have clients open no further calls. Some (grpclib's) then drop those under way: let these end before."""
        for connection in list(self._connections):
            connection.go_away()

    async def stop(self) -> None:
        """Cancel what is still under way and close every connection."""
        self.close()
        for handler in list(self._handlers):
            await handler.wait_closed()
        for connection in list(self._connections):
            connection.close()
