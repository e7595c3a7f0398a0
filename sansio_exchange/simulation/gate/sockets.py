"""The sockets: subscriptions, logins, pings, and what frames look like.

Source: Gate futures WebSocket v4, "API Overview", "Authentication", "System API" and "Websocket API", read in November
2026. Each private subscription brings its own signature; only order entry wants a login.
"""

import hashlib
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Raw

from sansio_exchange.simulation.gate.account import user_id
from sansio_exchange.simulation.gate.errors import Refused, malformed_body
from sansio_exchange.simulation.gate.listing import Listings, is_decimal
from sansio_exchange.simulation.gate.signatures import WINDOW_MS, Signatures
from sansio_exchange.simulation.gate.topics import PRIVATE, ROOTS, NoSuchTopic, Topic, read_topics
from sansio_exchange.simulation.gate.ws_api import LOGIN, Message, Payload, SocketApi
from sansio_exchange.simulation.topic_sockets import TopicSockets
from sansio_exchange.simulation.wire import SocketEnd, SocketOpened, SocketSend, VenueEffect

BAD_STRUCT, BAD_ARGUMENT, NOT_AUTHENTICATED = 1, 2, 4
"""Codes of errors of subscriptions ("Error")."""
_encode = msgspec.json.Encoder().encode

Make = Callable[[bool], object]
"""Makes the result of an update, with sizes as texts or as numbers."""


class _Frame(msgspec.Struct):
    channel: str
    event: str = ""
    time: int = 0
    id: str | int | None = None
    payload: Raw = Raw(b"[]")
    auth: dict[str, str] = {}


_decode = msgspec.json.Decoder(_Frame).decode
_decode_payload = msgspec.json.Decoder(Payload).decode
_decode_arguments = msgspec.json.Decoder(list[str | int]).decode


class _Failed(Exception):
    """A subscription that does not stand."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Connection:
    """One socket. `account` is "" before its login, which is for order entry alone."""

    __slots__ = ("account", "conn", "conn_id", "is_decimal", "topics", "traces")

    def __init__(self, conn: int, conn_id: str, *, is_decimal: bool) -> None:
        self.conn = conn
        self.conn_id = conn_id
        self.is_decimal = is_decimal
        """Sizes go out as texts."""
        self.account = ""
        self.topics: dict[Topic, None] = {}
        self.traces = 0
        """Frames answered so far; each has its own trace id."""

    def trace(self) -> str:
        self.traces += 1
        return _hex(f"{self.conn_id}/{self.traces}", 32)

    @property
    def end_ms(self) -> None:
        """How long Gate keeps a silent one is not found in documentation."""

    def read(self) -> Iterable[Topic]:
        return self.topics


class Sockets(TopicSockets[Topic, Connection]):
    """All sockets."""

    def __init__(self, listings: Listings, signatures: Signatures, api: SocketApi, seed: int) -> None:
        super().__init__()
        self._listings = listings
        self._signatures = signatures
        self._api = api
        self._seed = seed

    def publish(self, topic: Topic, make: Make, now_ms: int, out: list[VenueEffect]) -> None:
        """Send an update to every reader of a topic, encoded once for each form of sizes."""
        encoded: dict[bool, bytes] = {}
        for reader in self._readers.of(topic):
            data = encoded.get(reader.is_decimal)
            if data is None:
                body: Message = {"channel": topic.channel, "event": "update", "result": make(reader.is_decimal)}
                data = encoded[reader.is_decimal] = _encode({"time": now_ms // 1000, "time_ms": now_ms, **body})
            out.append(SocketSend(reader.conn, data))

    def open(self, opened: SocketOpened, _now_ms: int, out: list[VenueEffect]) -> None:
        """An unknown path ends the socket at once."""
        conn = opened.conn
        if opened.path.rstrip("/") not in ROOTS:
            out.append(SocketEnd(conn, 1008, "unknown path"))
            return
        sizes = is_decimal(opened.headers)
        self._connections[conn] = Connection(conn, _hex(f"{self._seed}/{conn}", 16), is_decimal=sizes)

    def message(self, conn: int, data: bytes, now_ms: int, out: list[VenueEffect]) -> None:
        """A client's frame."""
        connection = self._connections.get(conn)
        if connection is None:
            return
        try:
            data.decode()  # what is echoed is not looked at again
            frame = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            nothing = _Frame(channel="")
            self._fail(connection, nothing, _Failed(BAD_STRUCT, "invalid argument struct"), now_ms, out)
            return
        if frame.channel == "futures.ping":
            body: Message = {"channel": "futures.pong", "event": "", "result": None}
            self._send(connection, {"time": now_ms // 1000, "time_ms": now_ms, **body}, out)
        elif frame.event == "api":
            self._call(connection, frame, now_ms, out)
        else:
            try:
                self._obey(connection, frame, now_ms, out)
            except _Failed as failed:
                self._fail(connection, frame, failed, now_ms, out)

    # subscriptions

    def _obey(self, connection: Connection, frame: _Frame, now_ms: int, out: list[VenueEffect]) -> None:
        if frame.event not in {"subscribe", "unsubscribe"}:
            raise _Failed(BAD_ARGUMENT, f"unknown event {frame.event[:40]}")
        account = self._account(frame, now_ms) if frame.channel in PRIVATE else ""
        try:
            payload = [str(each) for each in _decode_arguments(frame.payload)]
            topics = read_topics(frame.channel, payload, account, self._listings)
        except msgspec.DecodeError:
            raise _Failed(BAD_STRUCT, "invalid argument struct") from None
        except NoSuchTopic as named:
            raise _Failed(BAD_ARGUMENT, str(named)) from None
        self._send(connection, self._envelope(connection, frame, now_ms) | {"result": {"status": "success"}}, out)
        for topic in topics:
            if frame.event == "unsubscribe":
                if topic in connection.topics:
                    del connection.topics[topic]
                    self._readers.remove(topic, connection.conn)
            else:
                connection.topics[topic] = None
                self._readers.add(topic, connection.conn, connection, now_ms)

    def _account(self, frame: _Frame, now_ms: int) -> str:
        """Raises _Failed (code 4); its message is the refusal that REST would give, as a text."""
        try:
            return self._signatures.check_subscription(frame.channel, frame.event, frame.time, frame.auth, now_ms)
        except Refused as refused:
            raise _Failed(NOT_AUTHENTICATED, f"{_encode(refused.body()).decode()}\n") from None

    def _envelope(self, connection: Connection, frame: _Frame, now_ms: int) -> Message:
        trace = connection.trace()
        body: Message = {
            "time": now_ms // 1000,
            "time_ms": now_ms,
            "conn_id": connection.conn_id,
            "trace_id": trace,
            "channel": frame.channel,
            "event": frame.event,
            "payload": frame.payload,
            "requestId": trace,
        }
        return body if frame.id is None else {"id": frame.id, **body}

    def _fail(
        self, connection: Connection, frame: _Frame, failed: _Failed, now_ms: int, out: list[VenueEffect]
    ) -> None:
        error = {"error": {"code": failed.code, "message": failed.message}, "result": {"status": "fail"}}
        self._send(connection, self._envelope(connection, frame, now_ms) | error, out)

    # order entry

    def _call(self, connection: Connection, frame: _Frame, now_ms: int, out: list[VenueEffect]) -> None:
        try:
            payload = _decode_payload(frame.payload)
            bodies = self._answers(connection, frame, payload, now_ms)
        except msgspec.DecodeError:
            payload, bodies = Payload(), [_refusal(malformed_body())]
        trace = connection.trace()
        header: Message = {
            "response_time": str(now_ms),
            "channel": frame.channel,
            "event": "api",
            "client_id": f"local-{connection.conn_id}",
            "conn_id": connection.conn_id,
            "conn_trace_id": _hex(connection.conn_id, 32),
            "trace_id": trace,
            "x_in_time": now_ms * 1000,
            "x_out_time": now_ms * 1000,
        }
        budget = self._api.budget(frame.channel, connection.account, now_ms) if connection.account else None
        if budget is not None:
            # "hidden if 0"; the third name is misspelt in the documentation's table and in most of its examples.
            header |= {"x_gate_ratelimit_limit": budget.limit, "x_gat_ratelimit_reset_timestamp": budget.reset_ms}
            header |= {"x_gate_ratelimit_requests_remain": budget.remain} if budget.remain else {}
        for body in bodies:
            status = body["header"]
            assert isinstance(status, dict)
            self._send(connection, {"request_id": payload.req_id, **body, "header": header | status}, out)

    def _answers(self, connection: Connection, frame: _Frame, payload: Payload, now_ms: int) -> list[Message]:
        try:
            if abs(frame.time * 1000 - now_ms) > WINDOW_MS:
                raise Refused("REQUEST_EXPIRED", "gap between request time and server time exceeds 60")
            if frame.channel == LOGIN:
                return [self._log_in(connection, payload, now_ms)]
            if not self._api.knows(frame.channel):
                raise Refused("NOT_FOUND", f"unknown channel {frame.channel[:60]}", status=404)
            if not connection.account:
                raise Refused("AUTHENTICATION_FAILED", "Not login", status=401)
        except Refused as refused:
            return [_refusal(refused)]
        decimal = connection.is_decimal
        return self._api.answer(frame.channel, payload, connection.account, now_ms, is_decimal=decimal)

    def _log_in(self, connection: Connection, payload: Payload, now_ms: int) -> Message:
        """Raises Refused. A second login takes the place of the first; not found in documentation."""
        raw = bytes(payload.req_param).decode()
        stamp = str(payload.timestamp)
        account = self._signatures.check_login(LOGIN, payload.api_key, payload.signature, stamp, raw, now_ms)
        connection.account = account
        result = {"api_key": payload.api_key, "uid": str(user_id(account))}
        return {"header": {"status": "200"}, "data": {"result": result}}

    def _send(self, connection: Connection, body: Message, out: list[VenueEffect]) -> None:
        out.append(SocketSend(connection.conn, _encode(body)))


def _refusal(refused: Refused) -> Message:
    return {"header": {"status": str(refused.status)}, "data": {"errs": refused.body()}}


def _hex(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
