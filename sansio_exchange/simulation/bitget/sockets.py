"""The sockets: logins, subscriptions, pings, and the end of those that do not ping or say too much.

Source: Bitget API, "Websocket API" (bitget.com/api-doc/common/websocket-intro), of November 2025: a connection
without a "ping" for two minutes is ended, whatever else goes over it, and every one after a day; so is one that sends
more than ten messages in a second or fails to log in. The codes from 30001 to 30016 are as Bitget's messages in
public issues have them; there they are numbers, while the documentation's examples have texts.
"""

from collections.abc import Iterable

import msgspec

from sansio_exchange.simulation.bitget.errors import Refused
from sansio_exchange.simulation.bitget.listing import Listings
from sansio_exchange.simulation.bitget.parameters import Parameters, from_json
from sansio_exchange.simulation.bitget.rate_limits import SECOND_MS, Limits
from sansio_exchange.simulation.bitget.signatures import Signatures
from sansio_exchange.simulation.bitget.topics import PRIVATE, PRIVATE_CHANNELS, ROOTS, NoSuchTopic, Topic, read_topic
from sansio_exchange.simulation.bitget.ws_api import SocketApi
from sansio_exchange.simulation.rate_windows import Window
from sansio_exchange.simulation.topic_sockets import TopicSockets
from sansio_exchange.simulation.wire import SocketEnd, SocketOpened, SocketSend, VenueEffect

HOUR_MS = 3_600_000
SILENCE_MS = 120_000
DAY_MS = 24 * HOUR_MS
MAX_REQUEST = 4096
"""Bytes that the channels of one request may take."""
_encode = msgspec.json.Encoder().encode

Message = dict[str, object]


class _Frame(msgspec.Struct):
    op: str
    args: list[dict[str, msgspec.Raw]]


_decode = msgspec.json.Decoder(_Frame).decode


class Connection:
    """One socket. `account` is "" before its login."""

    __slots__ = ("account", "conn", "messages", "opened_ms", "pinged_ms", "requests", "root", "topics")

    def __init__(self, conn: int, root: str, now_ms: int) -> None:
        self.conn = conn
        self.root = root
        self.account = ""
        self.opened_ms = self.pinged_ms = now_ms
        self.topics: dict[Topic, None] = {}
        self.messages = Window(SECOND_MS)
        self.requests = Window(HOUR_MS)

    @property
    def end_ms(self) -> int:
        """When it is ended if it does not ping, or whatever it does."""
        return min(self.pinged_ms + SILENCE_MS, self.opened_ms + DAY_MS)

    def read(self) -> Iterable[Topic]:
        return self.topics


class Sockets(TopicSockets[Topic, Connection]):
    """All sockets."""

    OVERDUE = (1008, "no ping received, or a day is over")

    def __init__(self, listings: Listings, signatures: Signatures, api: SocketApi, limits: Limits) -> None:
        super().__init__()
        self._listings = listings
        self._signatures = signatures
        self._api = api
        self._limits = limits

    def publish(self, topic: Topic, body: Message, now_ms: int, out: list[VenueEffect]) -> None:
        """Send a message to every reader of a topic, encoded once."""
        readers = self._readers.of(topic)
        if readers:
            data = _message(topic, body, now_ms)
            out.extend(SocketSend(reader.conn, data) for reader in readers)

    def open(self, opened: SocketOpened, now_ms: int, out: list[VenueEffect]) -> None:
        """A socket on one of the two paths. An unknown path ends it at once."""
        conn, root = opened.conn, ROOTS.get(opened.path.rstrip("/"))
        if root is None:
            out.append(SocketEnd(conn, 1008, "unknown path"))
            return
        self._connections[conn] = Connection(conn, root, now_ms)

    def message(self, conn: int, data: bytes, now_ms: int, out: list[VenueEffect]) -> None:
        """A client's frame."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        if not connection.messages.spend(1, self._limits.messages_per_second, now_ms):
            self._refuse(connection, Refused(30007, "request over limit, connection close"), None, out)
            self._end(connection, "request over limit", out)
            return
        if data == b"ping":
            connection.pinged_ms = now_ms
            out.append(SocketSend(conn, b"pong"))
            return
        try:
            frame = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._refuse(connection, Refused(30002, "illegal request"), None, out)
            return
        try:
            self._obey(connection, frame, len(data), now_ms, out)
        except Refused as refused:
            self._refuse(connection, refused, None, out)

    def _obey(self, connection: Connection, frame: _Frame, size: int, now_ms: int, out: list[VenueEffect]) -> None:
        if frame.op not in {"login", "subscribe", "unsubscribe", "trade"}:
            raise Refused(30003, "invalid op")
        if not frame.args:
            raise Refused(30016, "Param error")
        if frame.op == "trade":
            self._trade(connection, frame, now_ms, out)
            return
        args = [from_json(each) for each in frame.args]
        if frame.op == "login":
            self._log_in(connection, args[0], now_ms, out)
            return
        if size > MAX_REQUEST:
            raise Refused(30016, "Param error")
        if not connection.requests.spend(1, self._limits.subscriptions_per_hour, now_ms):
            raise Refused(30006, "too many requests")
        for arg in args:
            try:
                if frame.op == "subscribe":
                    self._subscribe(connection, arg, now_ms, out)
                else:
                    self._unsubscribe(connection, arg, out)
            except Refused as refused:
                self._refuse(connection, refused, arg, out)

    def _log_in(self, connection: Connection, login: Parameters, now_ms: int, out: list[VenueEffect]) -> None:
        try:
            connection.account = self._signatures.check_login(login, now_ms)
        except Refused as refused:
            self._refuse(connection, refused, None, out)
            self._end(connection, "login failed", out)
            return
        self._send(connection, {"event": "login", "code": 0}, out)

    def _trade(self, connection: Connection, frame: _Frame, now_ms: int, out: list[VenueEffect]) -> None:
        if connection.root != PRIVATE:
            raise Refused(30003, "invalid op")
        if not connection.account:
            raise Refused(30004, "User needs to log in")
        if len(frame.args) > 1:
            raise Refused(30016, "Param error")
        self._send(connection, self._api.answer(frame.args[0], connection.account, now_ms), out)

    def _topic(self, connection: Connection, arg: Parameters) -> Topic:
        if connection.root == PRIVATE and arg.optional("channel") in PRIVATE_CHANNELS and not connection.account:
            raise Refused(30004, "User needs to log in")
        try:
            return read_topic(arg, connection.root, connection.account, self._listings)
        except NoSuchTopic as named:
            raise Refused(30001, f"{named} doesn't exist") from None

    def _subscribe(self, connection: Connection, arg: Parameters, now_ms: int, out: list[VenueEffect]) -> None:
        topic = self._topic(connection, arg)
        if topic not in connection.topics and len(connection.topics) >= self._limits.channels:
            raise Refused(30006, "too many requests")
        self._send(connection, {"event": "subscribe", "arg": topic.arg()}, out)
        if topic not in connection.topics:
            connection.topics[topic] = None
            self.joining(topic, now_ms, out)
            self._readers.add(topic, connection.conn, connection, now_ms)
        greetings = self.greetings(topic, now_ms)
        out.extend(SocketSend(connection.conn, _message(topic, each, now_ms)) for each in greetings)

    def _unsubscribe(self, connection: Connection, arg: Parameters, out: list[VenueEffect]) -> None:
        topic = self._topic(connection, arg)
        if topic in connection.topics:
            del connection.topics[topic]
            self._readers.remove(topic, connection.conn)
        self._send(connection, {"event": "unsubscribe", "arg": topic.arg()}, out)

    def _refuse(self, connection: Connection, refused: Refused, arg: Parameters | None, out: list[VenueEffect]) -> None:
        body: Message = {"event": "error", "code": int(refused.code), "msg": refused.message}
        if arg is not None:
            body["arg"] = {name: arg.optional(name) for name in arg.names()}
        self._send(connection, body, out)

    def _end(self, connection: Connection, reason: str, out: list[VenueEffect]) -> None:
        self.close(connection.conn)
        out.append(SocketEnd(connection.conn, 1008, reason))

    def _send(self, connection: Connection, body: Message, out: list[VenueEffect]) -> None:
        out.append(SocketSend(connection.conn, _encode(body)))


def _message(topic: Topic, body: Message, now_ms: int) -> bytes:
    return _encode({"action": "snapshot", "arg": topic.arg(), **body, "ts": now_ms})
