"""The sockets: logins, subscriptions, pings, and the end of those on which nothing happens.

Source: Bybit V5 API, "Connect" (docs/v5/ws/connect) and "Websocket Trade Guideline", read in November 2026. A private
or trade connection without ping and without messages is cut off after ten minutes, or after its max_active_time,
between 30 seconds and ten minutes; of public ones this is not found in documentation, and taken for the same.
"""

import hashlib
import re
from collections.abc import Iterable

import msgspec

from sansio_exchange.simulation.bybit.errors import Refused, not_authenticated, wrong
from sansio_exchange.simulation.bybit.listing import Listings
from sansio_exchange.simulation.bybit.parameters import from_json
from sansio_exchange.simulation.bybit.signatures import Signatures
from sansio_exchange.simulation.bybit.topics import (
    PRIVATE,
    PUBLIC,
    ROOTS,
    TRADE,
    NoSuchTopic,
    Topic,
    read_topic,
)
from sansio_exchange.simulation.bybit.ws_api import MAX_REQUEST_ID, SocketApi
from sansio_exchange.simulation.topic_sockets import TopicSockets
from sansio_exchange.simulation.wire import SocketEnd, SocketOpened, SocketSend, VenueEffect

SILENCE_MS = 600_000
SHORTEST_MS = 30_000
MAX_REQUESTS = 10_000
"""So many request ids of one connection are remembered."""
MAX_ARGS = 21_000
"""Characters in the args of all subscriptions of a public connection."""
_encode = msgspec.json.Encoder().encode
_active_time = re.compile(r"(?:^|&)max_active_time=(\d{1,3})(s|m)(?:&|$)", re.ASCII)

Message = dict[str, object]


class _Frame(msgspec.Struct):
    op: str = ""
    args: msgspec.Raw = msgspec.Raw(b"[]")
    header: dict[str, msgspec.Raw] = {}
    req_id: str | int | None = None
    reqId: str | int | None = None  # noqa: N815 - the field's name on the trade socket


_decode = msgspec.json.Decoder(_Frame).decode
_names = msgspec.json.Decoder(list[str])
_login = msgspec.json.Decoder(list[str | int])


class Connection:
    """One socket. `account` is "" before its login."""

    __slots__ = ("account", "conn", "conn_id", "heard_ms", "requests", "root", "silence_ms", "topics")

    def __init__(self, conn: int, root: str, conn_id: str, silence_ms: int, now_ms: int) -> None:
        self.conn = conn
        self.root = root
        self.conn_id = conn_id
        self.account = ""
        self.silence_ms = silence_ms
        self.heard_ms = now_ms
        """When something was last sent or heard."""
        self.topics: dict[str, Topic] = {}
        self.requests: dict[str, None] = {}
        """Request ids that were used on the trade socket."""

    @property
    def end_ms(self) -> int:
        """When it will have been silent for too long."""
        return self.heard_ms + self.silence_ms

    def read(self) -> Iterable[Topic]:
        return self.topics.values()


class Sockets(TopicSockets[Topic, Connection]):
    """All sockets."""

    def __init__(self, listings: Listings, signatures: Signatures, api: SocketApi, seed: int) -> None:
        super().__init__()
        self._listings = listings
        self._signatures = signatures
        self._api = api
        self._seed = seed

    def publish(self, topic: Topic, body: Message, now_ms: int, out: list[VenueEffect]) -> None:
        """Send a message to every reader of a topic, encoded once."""
        readers = self._readers.of(topic)
        if not readers:
            return
        data = _encode({"topic": topic.name, **body})
        for reader in readers:
            reader.heard_ms = now_ms
            out.append(SocketSend(reader.conn, data))

    def open(self, opened: SocketOpened, now_ms: int, out: list[VenueEffect]) -> None:
        """A socket on one of the three paths. An unknown path ends it at once."""
        conn, root = opened.conn, opened.path.rstrip("/")
        if root not in ROOTS:
            out.append(SocketEnd(conn, 1008, "unknown path"))
            return
        conn_id = f"{hashlib.sha256(f'{self._seed}/{conn}'.encode()).hexdigest()[:20]}-{conn:x}"
        silence_ms = SILENCE_MS if root == PUBLIC else _silence(opened.query)
        self._connections[conn] = Connection(conn, root, conn_id, silence_ms, now_ms)

    def message(self, conn: int, data: bytes, now_ms: int, out: list[VenueEffect]) -> None:
        """A client's frame."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        connection.heard_ms = now_ms
        fresh: list[Topic] = []
        frame = _Frame()
        try:
            frame = _read_frame(data)
            if connection.root == TRADE:
                reply = self._obey_trade(connection, frame, now_ms)
            elif frame.op == "subscribe":
                fresh = self._read_topics(connection, frame.args)
                _check_subscription(connection, fresh, len(frame.args))
                reply = _acknowledgement(connection, frame)
            else:
                reply = self._obey(connection, frame, now_ms)
        except Refused as refused:
            fresh, reply = [], _refusal(connection, frame, refused)
        out.append(SocketSend(conn, _encode(reply)))
        for topic in fresh:
            self._subscribe(connection, topic, now_ms, out)

    # public and private sockets

    def _obey(self, connection: Connection, frame: _Frame, now_ms: int) -> Message:
        match frame.op:
            case "ping":
                return _pong(connection, frame, now_ms)
            case "auth" if connection.root == PRIVATE:
                connection.account = self._signatures.check_login(_read_login(frame.args), now_ms)
            case "unsubscribe":
                for topic in self._read_topics(connection, frame.args):
                    if connection.topics.pop(topic.name, None) is not None:
                        self._readers.remove(topic, connection.conn)
            case _:
                raise Refused(10404, "error:invalid op")
        return _acknowledgement(connection, frame)

    def _read_topics(self, connection: Connection, args: msgspec.Raw) -> list[Topic]:
        if connection.root == PRIVATE and not connection.account:
            # the words are not found in documentation
            raise Refused(10007, "Request not authorized")
        try:
            names = dict.fromkeys(_names.decode(args))
        except msgspec.DecodeError:
            raise wrong("args invalid") from None
        if not names:
            raise wrong("args invalid")
        try:
            return [read_topic(each, connection.root, connection.account, self._listings) for each in names]
        except NoSuchTopic as named:
            raise Refused(10404, f"error:handler not found,topic:{named}") from None

    def _subscribe(self, connection: Connection, topic: Topic, now_ms: int, out: list[VenueEffect]) -> None:
        connection.topics[topic.name] = topic
        self.joining(topic, now_ms, out)
        self._readers.add(topic, connection.conn, connection, now_ms)
        for greeting in self.greetings(topic, now_ms):
            data = _encode({"topic": topic.name, **greeting})
            out.append(SocketSend(connection.conn, data))

    # the trade socket

    def _obey_trade(self, connection: Connection, frame: _Frame, now_ms: int) -> Message:
        if frame.op == "ping":
            return _pong(connection, frame, now_ms)
        if frame.op == "auth":
            if connection.account:
                raise Refused(20001, "Repeat auth")
            connection.account = self._signatures.check_login(_read_login(frame.args), now_ms)
            return _trade_reply(connection, frame, {"retCode": 0, "retMsg": "OK", "op": "auth"})
        if not connection.account:
            # which code this has is not found in documentation
            raise not_authenticated()
        self._check_request_id(connection, frame)
        header = from_json(frame.header)
        reply = self._api.answer(frame.op, header, frame.args, connection.account, now_ms)
        return _trade_reply(connection, frame, reply)

    def _check_request_id(self, connection: Connection, frame: _Frame) -> None:
        if frame.reqId is None:
            return
        number = str(frame.reqId)
        if len(number) > MAX_REQUEST_ID:
            raise wrong("reqId invalid")
        if number in connection.requests:
            raise Refused(20006, "reqId is duplicated")
        connection.requests[number] = None
        if len(connection.requests) > MAX_REQUESTS:
            del connection.requests[next(iter(connection.requests))]


def _read_frame(data: bytes) -> _Frame:
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise wrong("invalid json") from None


def _check_subscription(connection: Connection, topics: list[Topic], length: int) -> None:
    """All topics of a request are taken, or none."""
    for topic in topics:
        if topic.name in connection.topics:
            # in these words as others have seen them (sieblyio/bybit-api, issue 477, 2025)
            raise Refused(10001, f"error:already subscribed,topic:{topic.name}")
    whole = {each.channel for each in topics if each.name == each.channel}
    if any(each.channel in whole and each.name != each.channel for each in topics):
        raise wrong("all-in-one and categorised topic in one request")
    if connection.root == PUBLIC and length + sum(len(each) + 3 for each in connection.topics) > MAX_ARGS:
        raise wrong(f"args exceed {MAX_ARGS} characters")


def _silence(query: str) -> int:
    found = _active_time.search(query)
    if found is None:
        return SILENCE_MS
    chosen_ms = int(found[1]) * (1_000 if found[2] == "s" else 60_000)
    return max(SHORTEST_MS, min(SILENCE_MS, chosen_ms))


def _read_login(args: msgspec.Raw) -> list[str]:
    try:
        return [str(each) for each in _login.decode(args)]
    except msgspec.DecodeError:
        raise wrong("args invalid") from None


def _acknowledgement(
    connection: Connection, frame: _Frame, text: str | None = None, *, success: bool = True
) -> Message:
    """Private sockets repeat the name of what they did with topics, public ones say nothing."""
    if text is None:
        text = frame.op if connection.root == PRIVATE and frame.op != "auth" else ""
    body: Message = {"success": success, "ret_msg": text, "conn_id": connection.conn_id, "op": frame.op}
    if frame.req_id is not None or connection.root == PUBLIC:
        body["req_id"] = "" if frame.req_id is None else str(frame.req_id)
    return body


def _pong(connection: Connection, frame: _Frame, now_ms: int) -> Message:
    """Each kind of socket has a form of its own."""
    if connection.root == PUBLIC:
        return _acknowledgement(connection, frame, "pong")
    if connection.root == TRADE:
        body: Message = {"retCode": 0, "retMsg": "OK", "op": "pong", "data": [str(now_ms)]}
        return _trade_reply(connection, frame, body)
    pong: Message = {"op": "pong", "args": [str(now_ms)], "conn_id": connection.conn_id}
    return pong if frame.req_id is None else {"req_id": str(frame.req_id), **pong}


def _trade_reply(connection: Connection, frame: _Frame, body: Message) -> Message:
    named: Message = {} if frame.reqId is None else {"reqId": str(frame.reqId)}
    return {**named, **body, "connId": connection.conn_id}


def _refusal(connection: Connection, frame: _Frame, refused: Refused) -> Message:
    if connection.root == TRADE:
        body: Message = {"retCode": refused.code, "retMsg": refused.message, "op": frame.op, "data": {}}
        return _trade_reply(connection, frame, body)
    return _acknowledgement(connection, frame, refused.message, success=False)
