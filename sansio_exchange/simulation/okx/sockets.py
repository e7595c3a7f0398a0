"""The sockets: logins, subscriptions, pings, and the end of those that stay silent.

Source: OKX API guide, "WebSocket" (Connect, Login, Subscribe, Unsubscribe) and "Error Code" / "WebSocket", read in
November 2026. A connection on which nothing was pushed for 30 seconds is ended; "ping" earns "pong", which keeps it.
"""

import hashlib
from collections.abc import Iterable

import msgspec

from sansio_exchange.simulation.okx.account import user_id
from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.listing import Listings
from sansio_exchange.simulation.okx.parameters import Parameters, from_json
from sansio_exchange.simulation.okx.rate_limits import Limits
from sansio_exchange.simulation.okx.signatures import Signatures
from sansio_exchange.simulation.okx.topics import COUNTED, PRIVATE, ROOTS, NoSuchTopic, Topic, read_topic
from sansio_exchange.simulation.okx.ws_api import OPERATIONS, SocketApi
from sansio_exchange.simulation.rate_windows import Window
from sansio_exchange.simulation.topic_sockets import TopicSockets
from sansio_exchange.simulation.wire import SocketEnd, SocketOpened, SocketSend, VenueEffect

HOUR_MS = 3_600_000
SILENCE_MS = 30_000
_encode = msgspec.json.Encoder().encode

Message = dict[str, object]


class _Frame(msgspec.Struct):
    op: str
    args: list[dict[str, msgspec.Raw]]
    id: str | int | None = None
    expTime: str | int = ""  # noqa: N815 - the field's name on the wire


_decode = msgspec.json.Decoder(_Frame).decode


class Connection:
    """One socket. `account` is "" before its login."""

    __slots__ = ("account", "conn", "conn_id", "heard_ms", "requests", "root", "topics")

    def __init__(self, conn: int, root: str, conn_id: str, now_ms: int) -> None:
        self.conn = conn
        self.root = root
        self.conn_id = conn_id
        self.account = ""
        self.heard_ms = now_ms
        """When something was last sent or heard."""
        self.topics: dict[Topic, None] = {}
        self.requests = Window(HOUR_MS)

    @property
    def end_ms(self) -> int:
        """When it will have been silent for too long."""
        return self.heard_ms + SILENCE_MS

    def read(self) -> Iterable[Topic]:
        return self.topics


class Sockets(TopicSockets[Topic, Connection]):
    """All sockets."""

    OVERDUE = (4004, "No data received in 30s.")

    def __init__(
        self,
        listings: Listings,
        signatures: Signatures,
        api: SocketApi,
        limits: Limits,
        seed: int,
    ) -> None:
        super().__init__()
        self._listings = listings
        self._signatures = signatures
        self._api = api
        self._limits = limits
        self._seed = seed

    def publish(self, topic: Topic, body: Message, now_ms: int, out: list[VenueEffect]) -> None:
        """Send a message to every reader of a topic, encoded once."""
        readers = self._readers.of(topic)
        if not readers:
            return
        data = _message(topic, body)
        for reader in readers:
            reader.heard_ms = now_ms
            out.append(SocketSend(reader.conn, data))

    def open(self, opened: SocketOpened, now_ms: int, out: list[VenueEffect]) -> None:
        """A socket on one of the three paths. An unknown path ends it at once."""
        conn, root = opened.conn, ROOTS.get(opened.path.rstrip("/"))
        if root is None:
            out.append(SocketEnd(conn, 1008, "unknown path"))
            return
        conn_id = hashlib.sha256(f"{self._seed}/{conn}".encode()).hexdigest()[:8]
        self._connections[conn] = Connection(conn, root, conn_id, now_ms)

    def message(self, conn: int, data: bytes, now_ms: int, out: list[VenueEffect]) -> None:
        """A client's frame."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        connection.heard_ms = now_ms
        if data == b"ping":
            out.append(SocketSend(conn, b"pong"))
            return
        try:
            frame = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            text = data[:500].decode(errors="replace")
            self._refuse(connection, Refused(60012, f"Invalid request: {text}"), None, out)
            return
        try:
            self._obey(connection, frame, now_ms, out)
        except Refused as refused:
            self._refuse(connection, refused, frame, out)

    def _obey(self, connection: Connection, frame: _Frame, now_ms: int, out: list[VenueEffect]) -> None:
        if frame.op in OPERATIONS:
            self._operate(connection, frame, now_ms, out)
            return
        if frame.op not in {"login", "subscribe", "unsubscribe"}:
            raise Refused(60019, f"Invalid op: {frame.op[:40]}")
        if not frame.args:
            raise Refused(60013, "Invalid args")
        if not connection.requests.spend(1, self._limits.requests_per_hour, now_ms):
            raise Refused(60014, "Requests too frequent")
        args = [from_json(each) for each in frame.args]
        if frame.op == "login":
            self._log_in(connection, args[0], now_ms, out)
            return
        for arg in args:
            try:
                if frame.op == "subscribe":
                    self._subscribe(connection, arg, frame, now_ms, out)
                else:
                    self._unsubscribe(connection, arg, frame, out)
            except Refused as refused:
                self._refuse(connection, refused, frame, out)

    def _log_in(self, connection: Connection, login: Parameters, now_ms: int, out: list[VenueEffect]) -> None:
        if connection.account:
            raise Refused(60030, "The WebSocket endpoint does not allow multiple or repeated logins.")
        connection.account = self._signatures.check_login(login, now_ms)
        self._send(connection, {"event": "login", "code": "0", "msg": "", "connId": connection.conn_id}, out)

    def _operate(self, connection: Connection, frame: _Frame, now_ms: int, out: list[VenueEffect]) -> None:
        if connection.root != PRIVATE:
            raise Refused(
                60028,
                "The current operation is not supported by this URL. Please use the correct WebSocket URL for the "
                "operation.",
            )
        if not connection.account:
            raise Refused(60011, "Please log in")
        rows = [from_json(each) for each in frame.args]
        reply = self._api.answer(frame.op, frame.id, rows, str(frame.expTime), connection.account, now_ms)
        self._send(connection, reply, out)

    def _topic(self, connection: Connection, arg: Parameters) -> Topic:
        if connection.root == PRIVATE and arg.optional("channel") in COUNTED and not connection.account:
            raise Refused(60011, "Please log in")
        try:
            return read_topic(arg, connection.root, connection.account, self._listings)
        except NoSuchTopic as named:
            raise Refused(
                60018,
                f"Wrong URL or {named} doesn't exist. Please use the correct URL, channel and parameters referring to "
                "API document.",
            ) from None

    def _subscribe(
        self, connection: Connection, arg: Parameters, frame: _Frame, now_ms: int, out: list[VenueEffect]
    ) -> None:
        topic = self._topic(connection, arg)
        self._send(connection, self._acknowledgement("subscribe", connection, topic, frame), out)
        if topic.channel in COUNTED and not self._count(connection, topic, out):
            return
        if topic not in connection.topics:
            connection.topics[topic] = None
            self.joining(topic, now_ms, out)
            self._readers.add(topic, connection.conn, connection, now_ms)
        out.extend(SocketSend(connection.conn, _message(topic, greeting)) for greeting in self.greetings(topic, now_ms))

    def _unsubscribe(self, connection: Connection, arg: Parameters, frame: _Frame, out: list[VenueEffect]) -> None:
        topic = self._topic(connection, arg)
        if topic in connection.topics:
            del connection.topics[topic]
            self._readers.remove(topic, connection.conn)
        self._send(connection, self._acknowledgement("unsubscribe", connection, topic, frame), out)

    def _count(self, connection: Connection, topic: Topic, out: list[VenueEffect]) -> bool:
        """Tell how many connections of the account have the channel. False where they would be too many."""
        having = {
            each.conn
            for each in self._connections.values()
            if each.account == connection.account and any(other.channel == topic.channel for other in each.topics)
        } | {connection.conn}
        is_free = len(having) <= self._limits.sockets_per_channel
        event = "channel-conn-count" if is_free else "channel-conn-count-error"
        count = len(having) if is_free else self._limits.sockets_per_channel
        body: Message = {
            "event": event,
            "channel": topic.channel,
            "connCount": str(count),
            "connId": connection.conn_id,
        }
        self._send(connection, body, out)
        return is_free

    def _acknowledgement(self, event: str, connection: Connection, topic: Topic, frame: _Frame) -> Message:
        body: Message = {"event": event, "arg": topic.arg(), "connId": connection.conn_id}
        return body if frame.id is None else {"id": frame.id, **body}

    def _refuse(self, connection: Connection, refused: Refused, frame: _Frame | None, out: list[VenueEffect]) -> None:
        body: Message = {
            "event": "error",
            "code": refused.code,
            "msg": refused.message,
            "connId": connection.conn_id,
        }
        if frame is not None and frame.id is not None:
            body["id"] = frame.id
        self._send(connection, body, out)

    def _send(self, connection: Connection, body: Message, out: list[VenueEffect]) -> None:
        out.append(SocketSend(connection.conn, _encode(body)))


def _message(topic: Topic, body: Message) -> bytes:
    arg = topic.arg()
    if topic.account:
        arg["uid"] = user_id(topic.account)
    return _encode({"arg": arg, **body})
