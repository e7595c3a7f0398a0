"""Stream sockets: who is subscribed to what, and the JSON by which that is changed.

Source: developers.binance.com, USDⓈ-M Futures, "WebSocket Market Streams", "Live Subscribing/Unsubscribing to streams"
and "Important WebSocket Change Notice" (routed roots), read in November 2025.

Paths: /ws, /ws/<stream>/<stream>, /stream?streams=<stream>/<stream>, each also below /public, /market and /private, and
with ?listenKey=<key>&events=<event>/<event> for user data. A routed socket carries only streams of its own kind. The
unrouted roots carry everything, as they did before the change.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

import msgspec

from sansio_exchange.simulation.binance.rate_limits import Limits
from sansio_exchange.simulation.rate_windows import Window
from sansio_exchange.simulation.readers import Readers
from sansio_exchange.simulation.wire import SocketEnd, SocketSend, VenueEffect

DAY_MS = 86_400_000
SECOND_MS = 1_000
ROUTES = ("public", "market", "private")
_PUBLIC_KINDS = ("bookTicker", "depth", "trade")
_METHODS = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
_encoder = msgspec.json.Encoder()


class _Frame(msgspec.Struct):
    method: str
    params: list[str | bool] = []
    id: int | str | None = None


_frames = msgspec.json.Decoder(_Frame)


class Connection:
    """One stream socket. `combined` wraps each message with its stream's name."""

    __slots__ = ("combined", "conn", "ends_ms", "events", "route", "sent", "streams")

    def __init__(self, conn: int, route: str, *, combined: bool, now_ms: int) -> None:
        self.conn = conn
        self.route = route
        self.combined = combined
        self.ends_ms = now_ms + DAY_MS
        self.streams: dict[str, None] = {}
        self.events: dict[str, frozenset[str]] = {}
        """Of a listen key: the only events wanted. Absent means all."""
        self.sent = Window(SECOND_MS)

    def carries(self, stream: str) -> bool:
        return not self.route or self.route == route_of(stream)


def route_of(stream: str) -> str:
    """Which root a stream belongs to. A name without @ or ! in it is a listen key."""
    _, at, kind = stream.partition("@")
    if stream.startswith("!"):
        kind = stream[1:]
    elif not at:
        return "private"
    return "public" if kind.startswith(_PUBLIC_KINDS) else "market"


class StreamSockets:
    """All stream sockets. `started` and `stopped` are told when a stream gets its first and loses its last reader."""

    def __init__(self, limits: Limits, started: Callable[[str, int], None], stopped: Callable[[str], None]) -> None:
        self._limits = limits
        self._connections: dict[int, Connection] = {}
        self._readers: Readers[str, Connection] = Readers(started, stopped)

    def __contains__(self, conn: int) -> bool:
        return conn in self._connections

    def has(self, stream: str) -> bool:
        """Whether anybody reads it."""
        return stream in self._readers

    def publish(self, stream: str, message: object, out: list[VenueEffect], event: str = "") -> None:
        """Send a message to every reader of a stream, encoded once. `event` is that of user data."""
        readers = self._readers.of(stream)
        if not readers:
            return
        plain = _encoder.encode(message)
        wrapped = b""
        for reader in readers:
            if event and event not in reader.events.get(stream, (event,)):
                continue
            if reader.combined:
                wrapped = wrapped or b'{"stream":"%b","data":%b}' % (stream.encode(), plain)
                out.append(SocketSend(reader.conn, wrapped))
            else:
                out.append(SocketSend(reader.conn, plain))

    def open(self, conn: int, path: str, query: str, now_ms: int, out: list[VenueEffect]) -> None:
        """A socket with what its URL subscribes to. An unknown path ends it at once."""
        parts = path.strip("/").split("/")
        route = parts.pop(0) if parts[0] in ROUTES else ""
        mode = parts.pop(0) if parts else ""
        if mode not in {"ws", "stream"} or (mode == "stream" and any(parts)):
            out.append(SocketEnd(conn, 1008, "unknown path"))
            return
        connection = Connection(conn, route, combined=mode == "stream", now_ms=now_ms)
        self._connections[conn] = connection
        for stream in parts:
            self._subscribe(connection, unquote(stream), now_ms)
        key = ""
        for name, value in parse_qsl(query):
            if name == "streams":
                for stream in value.split("/"):
                    self._subscribe(connection, stream, now_ms)
            elif name == "listenKey":
                key = value
                self._subscribe(connection, key, now_ms)
            elif name == "events" and key:
                connection.events[key] = frozenset(value.split("/"))

    def close(self, conn: int) -> None:
        connection = self._connections.pop(conn, None)
        if connection is not None:
            for stream in list(connection.streams):
                self._unsubscribe(connection, stream)

    def message(self, conn: int, data: bytes, now_ms: int, out: list[VenueEffect]) -> None:
        """A client's frame; a socket that sends too many is closed."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        if not connection.sent.spend(1, self._limits.messages_per_second, now_ms):
            self.close(conn)
            out.append(SocketEnd(conn, 1008, "Too many requests"))
            return
        out.append(SocketSend(conn, _encoder.encode(self._answer(connection, data, now_ms))))

    def next_end_ms(self) -> int | None:
        """When the oldest socket reaches its 24 hours. Sockets are kept in the order of their opening."""
        for connection in self._connections.values():
            return connection.ends_ms
        return None

    def end_old(self, now_ms: int, out: list[VenueEffect]) -> None:
        for connection in list(self._connections.values()):
            if connection.ends_ms > now_ms:
                return
            self.close(connection.conn)
            out.append(SocketEnd(connection.conn, 1001, "24 hours are over"))

    def _answer(self, connection: Connection, data: bytes, now_ms: int) -> dict[str, object]:
        try:
            frame = _frames.decode(data)
        except msgspec.ValidationError as error:
            return _error(2, f"Invalid request: {error}", None)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _error(3, f"Invalid JSON: {error}", None)
        names = [each for each in frame.params if isinstance(each, str)]
        match frame.method:
            case "SUBSCRIBE" | "UNSUBSCRIBE" if len(names) != len(frame.params):
                return _error(2, "Invalid request: stream name must be a string", frame.id)
            case "SUBSCRIBE":
                if len({*connection.streams, *names}) > self._limits.streams_per_socket:
                    return _error(2, "Invalid request: too many subscriptions", frame.id)
                for name in names:
                    self._subscribe(connection, name, now_ms)
            case "UNSUBSCRIBE":
                for name in names:
                    self._unsubscribe(connection, name)
            case "LIST_SUBSCRIPTIONS":
                return {"result": list(connection.streams), "id": frame.id}
            case "SET_PROPERTY":
                return _set_property(connection, frame)
            case "GET_PROPERTY":
                if names != ["combined"]:
                    return _error(0, "Unknown property", frame.id)
                return {"result": connection.combined, "id": frame.id}
            case _:
                return _error(
                    2, f"Invalid request: unknown variant `{frame.method[:40]}`, expected one of {_METHODS}", frame.id
                )
        return {"result": None, "id": frame.id}

    def _subscribe(self, connection: Connection, stream: str, now_ms: int) -> None:
        """A name that says nothing to the venue is accepted, as Binance does; it never brings a message."""
        if not stream or stream in connection.streams or len(connection.streams) >= self._limits.streams_per_socket:
            return
        connection.streams[stream] = None
        if not connection.carries(stream):
            return
        self._readers.add(stream, connection.conn, connection, now_ms)

    def _unsubscribe(self, connection: Connection, stream: str) -> None:
        if stream not in connection.streams:
            return
        del connection.streams[stream]
        self._readers.remove(stream, connection.conn)


def _set_property(connection: Connection, frame: _Frame) -> dict[str, object]:
    match frame.params:
        case ["combined", bool(value)]:
            connection.combined = value
            return {"result": None, "id": frame.id}
        case ["combined", _]:
            return _error(1, "Invalid value type: expected Boolean", frame.id)
        case _:
            return _error(0, "Unknown property", frame.id)


def _error(code: int, message: str, frame_id: int | str | None) -> dict[str, object]:
    return {"error": {"code": code, "msg": message}, "id": frame_id}
