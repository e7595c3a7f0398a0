"""A world of two small machines: the client asks by HTTP and listens on a socket, the venue counts and echoes."""

from typing import Any

import pytest

from sansio_exchange.clock import Now
from sansio_exchange.commands import GetSymbols, Start
from sansio_exchange.errors import NotConnected, OutcomeUnknown
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    Effect,
    HttpFailed,
    HttpReply,
    Input,
    OpenWs,
    PingWs,
    Publish,
    Remember,
    SendHttp,
    SendText,
    SessionState,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.simulation.faults import (
    Answer,
    Asleep,
    BlackHole,
    ClientClock,
    Crossing,
    Disconnect,
    Fault,
    Gateway,
    Latency,
    LoseReply,
    Mute,
    OldAge,
    Refuse,
    Stranger,
)
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.web_sockets import HANDSHAKE_TIMEOUT
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueEffect,
    VenueInput,
)
from sansio_exchange.simulation.world import START_MS, Killed, World


class FakeClient:
    """GetSymbols is one HTTP request; Start opens a socket, which is opened again a second after it was lost."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, Input]] = []
        self.walls: list[int] = []
        self.effects: list[Effect] = []
        self.reopen_at: float | None = None
        self.attempt = 0

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self.seen.append((round(now.mono, 6), item))
        self.walls.append(now.wall_ms)
        extra, self.effects = self.effects, []
        return extra + self.react(item, now)

    def react(self, item: Input, now: Now) -> list[Effect]:
        match item:
            case Command(number, Start()):
                return [self.open(), Complete(number)]
            case Command(number, GetSymbols()):
                return [SendHttp(number, "GET", "http://venue.test/symbols?all=1", {"X-Key": "demo"}, timeout=5.0)]
            case HttpReply(request_id, _, _, body):
                return [Complete(request_id, result=body)]
            case HttpFailed(request_id, maybe_sent, reason):
                error = OutcomeUnknown(reason) if maybe_sent else NotConnected(reason)
                return [Complete(request_id, error=error)]
            case WsOpened(conn):
                return [SendText(conn, f"hello from {conn}")]
            case WsMessage(_, data):
                return [Publish(SessionState(live=True, reason=data.decode()))]
            case WsClosed():
                self.reopen_at = now.mono + 1
                return []
            case Tick() if self.reopen_at is not None and now.mono >= self.reopen_at:
                self.reopen_at = None
                return [self.open()]
            case _:
                return []

    def open(self) -> Effect:
        self.attempt += 1
        return OpenWs(f"private#{self.attempt}", "ws://venue.test/ws/stream?key=1", {"X-Sizes": "text"})

    def deadline(self) -> float | None:
        return self.reopen_at

    def of(self, kind: type[Any]) -> list[tuple[float, Any]]:
        return [(at, item) for at, item in self.seen if isinstance(item, kind)]


class FakeVenue:
    """Answers every request with how many it has had, every message by the message, and ticks on request."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, VenueInput]] = []
        self.walls: list[int] = []
        self.requests = 0
        self.silent = False
        self.tick_at: float | None = None
        self.news: list[VenueEffect] = []
        """What it says unasked, at its tick."""

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        self.seen.append((round(now.mono, 6), item))
        self.walls.append(now.wall_ms)
        match item:
            case HttpRequest(request_id):
                self.requests += 1
                body = str(self.requests).encode()
                return [] if self.silent else [HttpResponse(request_id, 200, {}, body)]
            case SocketMessage(conn, data):
                return [SocketEnd(conn, 1001, "bye")] if data == b"end" else [SocketSend(conn, data)]
            case Tick():
                self.tick_at = None
                return self.news
        return []

    def deadline(self) -> float | None:
        return self.tick_at


class Lose(Fault):
    """Whatever goes that way is lost in silence."""

    def __init__(self, way: str) -> None:
        self.way = way

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.way == self.way:
            crossing.copies = 0


def make_world(*faults: Fault, seed: int = 0) -> tuple[World, FakeClient, FakeVenue]:
    client, venue = FakeClient(), FakeVenue()
    return World(client, venue, seed=seed, faults=[Latency(0.010, 0.020), *faults]), client, venue


def test_a_request_takes_its_way_there_and_back() -> None:
    world, client, venue = make_world()
    assert world.ask(GetSymbols()) == b"1"
    assert venue.seen == [(0.010, HttpRequest(1, "GET", "/symbols", "all=1", {"x-key": "demo"}, b""))]
    assert world.now == pytest.approx(0.030)
    assert client.of(HttpReply)[0][0] == 0.030


def test_a_socket_is_opened_and_carries_messages_both_ways() -> None:
    world, client, venue = make_world()
    events: list[object] = []
    world._on_event = events.append
    world.ask(Start())
    world.run_until(1.0)
    assert venue.seen == [
        (0.010, SocketOpened(1, "/ws/stream", "key=1", {"x-sizes": "text"})),
        (0.030, SocketMessage(1, b"hello from private#1")),
    ]
    assert client.of(WsOpened) == [(0.020, WsOpened("private#1"))]
    assert events == [SessionState(live=True, reason="hello from private#1")]
    assert world.now == 1.0


def test_both_sides_read_the_same_wall_clock_unless_the_clients_is_off() -> None:
    world, client, venue = make_world()
    world.ask(GetSymbols())
    assert venue.walls == [START_MS + 10]
    assert client.walls == [START_MS, START_MS + 30]
    world.client_clock_ms = 3_600_000
    world.ask(GetSymbols())
    assert venue.walls[-1] < client.walls[-1] - 3_500_000


def test_the_venue_is_ticked_when_it_wants_to_be() -> None:
    venue = FakeVenue()
    venue.tick_at = 5.0
    World(FakeClient(), venue).run_until(10.0)
    assert venue.seen == [(5.0, Tick())]


def test_an_input_goes_before_a_tick_of_the_same_instant() -> None:
    client = FakeClient()
    client.reopen_at = 2.0
    world = World(client, FakeVenue(), faults=[Latency()])
    world.at(2.0, lambda: world.tell_client(WsMessage("x", b"x")))
    world.run_until(2.0)
    assert [type(item) for _, item in client.seen] == [WsMessage, Tick]


@pytest.mark.parametrize("way", ["request", "response"])
def test_a_lost_request_or_response_is_noticed_at_the_timeout_and_its_fate_is_unknown(way: str) -> None:
    world, _, venue = make_world(Lose(way))
    with pytest.raises(OutcomeUnknown):
        world.ask(GetSymbols())
    assert world.now == pytest.approx(5.0)
    assert venue.requests == (0 if way == "request" else 1)


def test_a_venue_that_never_answers_is_given_up_at_the_timeout() -> None:
    world, _, venue = make_world()
    venue.silent = True
    with pytest.raises(OutcomeUnknown):
        world.ask(GetSymbols())
    assert world.now == pytest.approx(5.0)


def test_a_reply_lost_after_acceptance_breaks_the_connection_once() -> None:
    world, _, venue = make_world(LoseReply("/symbols"))
    with pytest.raises(OutcomeUnknown, match="reset"):
        world.ask(GetSymbols())
    assert venue.requests == 1
    assert world.ask(GetSymbols()) == b"2"


def test_a_reply_lost_on_a_socket_never_reaches_the_client() -> None:
    world, client, venue = make_world(LoseReply("private"))
    world.ask(Start())
    world.run_until(1.0)
    assert client.of(WsMessage) == []
    assert client.of(WsClosed) == [(0.05, WsClosed("private#1", "connection reset"))]
    assert SocketClosed(1) in [item for _, item in venue.seen]
    world.run_until(2.0)
    assert client.of(WsMessage)[0][1] == WsMessage("private#2", b"hello from private#2")


def test_while_refused_nothing_new_leaves() -> None:
    world, client, venue = make_world(Refuse(0.0, 3.0))
    with pytest.raises(NotConnected):
        world.ask(GetSymbols())
    assert venue.seen == []
    world.ask(Start())
    world.run_until(10.0)
    assert [item.conn for _, item in client.of(WsClosed)] == ["private#1", "private#2", "private#3"]
    assert [item.conn for _, item in client.of(WsOpened)] == ["private#4"]


def test_a_disconnect_tells_both_ends_once_and_drops_what_was_on_its_way() -> None:
    world, client, venue = make_world(Disconnect(0.040, "private"))
    world.ask(Start())
    world.run_until(0.9)
    assert client.of(WsMessage) == []
    assert client.of(WsClosed) == [(0.04, WsClosed("private#1", "connection reset"))]
    assert [item for _, item in venue.seen].count(SocketClosed(1)) == 1


def test_a_disconnect_of_another_role_does_not_touch_it() -> None:
    world, client, _ = make_world(Disconnect(0.040, "public"))
    world.ask(Start())
    world.run_until(5.0)
    assert client.of(WsClosed) == []


def test_a_disconnect_during_the_handshake_ends_it() -> None:
    world, client, venue = make_world(Disconnect(0.005))
    world.ask(Start())
    world.run_until(0.9)
    assert venue.seen == []
    assert client.of(WsOpened) == []
    assert len(client.of(WsClosed)) == 1


def test_a_handshake_that_is_lost_times_out() -> None:
    world, client, _ = make_world(Lose("open"))
    world.ask(Start())
    world.run_until(HANDSHAKE_TIMEOUT + 0.5)
    assert client.of(WsClosed) == [(HANDSHAKE_TIMEOUT, WsClosed("private#1", "the handshake timed out"))]


def test_the_client_closes_and_gets_its_one_wsclosed() -> None:
    world, client, venue = make_world()
    world.ask(Start())
    world.run_until(0.5)
    client.effects = [CloseWs("private#1", "enough")]
    world.ask(GetSymbols())
    world.run_until(1.0)
    assert [item for _, item in client.of(WsClosed)] == [WsClosed("private#1", "closed by us")]
    assert venue.seen[-2:] == [(0.5, SocketClosed(1)), (0.51, venue.seen[-1][1])]


def test_the_venue_ends_a_connection_after_what_it_had_sent_before() -> None:
    world, client, venue = make_world()
    world.ask(Start())
    world.run_until(0.5)
    client.effects = [SendText("private#1", "last"), SendText("private#1", "end"), SendText("private#1", "late")]
    world.ask(GetSymbols())
    world.run_until(1.0)
    inputs = [item for _, item in client.seen if isinstance(item, WsMessage | WsClosed)]
    assert inputs[1:] == [WsMessage("private#1", b"last"), WsClosed("private#1", "1001 bye")]
    assert [item for _, item in venue.seen if isinstance(item, SocketMessage | SocketClosed)][-2:] == [
        SocketMessage(1, b"end"),
        SocketClosed(1),
    ]


def test_messages_of_one_connection_stay_in_order_however_the_latency_varies() -> None:
    client, venue = FakeClient(), FakeVenue()
    world = World(client, venue, seed=3, faults=[Latency(0.001, 0.001, jitter=0.5)])
    world.ask(Start())
    world.run_until(3.0)
    client.effects = [SendText("private#1", str(n)) for n in range(50)]
    world.ask(GetSymbols())
    world.run_until(10.0)
    assert [item.data for _, item in client.of(WsMessage)][1:] == [str(n).encode() for n in range(50)]


def test_a_duplicated_message_comes_twice() -> None:
    class Twice(Fault):
        def cross(self, crossing: Crossing, prng: Prng) -> None:
            crossing.copies = 2 if crossing.way == "in" else 1

    world, client, _ = make_world(Twice())
    world.ask(Start())
    world.run_until(1.0)
    assert len(client.of(WsMessage)) == 2


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    def run(seed: int) -> list[tuple[float, Input]]:
        client = FakeClient()
        world = World(client, FakeVenue(), seed=seed, faults=[Latency(jitter=0.1), Disconnect(0.5)])
        world.ask(Start())
        world.ask(GetSymbols())
        world.run_until(5.0)
        return client.seen

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_a_machine_that_never_completes_is_found_out() -> None:
    class Deaf(FakeClient):
        def react(self, item: Input, now: Now) -> list[Effect]:
            return []

    world = World(Deaf(), FakeVenue())
    with pytest.raises(RuntimeError, match="GetSymbols was never completed"):
        world.ask(GetSymbols())


def test_a_machine_whose_deadline_does_not_move_on_is_found_out() -> None:
    class Stuck(FakeClient):
        def deadline(self) -> float | None:
            return 1.0

    world = World(Stuck(), FakeVenue())
    with pytest.raises(RuntimeError, match=r"client's deadline 1\.0 is not later"):
        world.run_until(2.0)


def test_a_request_id_or_connection_used_twice_is_found_out() -> None:
    for effect in (SendHttp(1, "GET", "http://venue.test/", {}), OpenWs("private#1", "ws://venue.test/")):
        world, client, _ = make_world()
        client.effects = [effect, effect]
        with pytest.raises(RuntimeError, match="twice"):
            world.ask(GetSymbols())


def test_a_message_before_the_connection_is_open_is_found_out() -> None:
    world, client, _ = make_world()
    client.effects = [OpenWs("private#1", "ws://venue.test/"), SendText("private#1", "early")]
    with pytest.raises(RuntimeError, match="before the connection was open"):
        world.ask(GetSymbols())


def test_a_gateway_answers_in_the_venues_place_before_or_after_it_has_acted() -> None:
    page = Answer(502, {"Content-Type": "text/html"}, b"<html>")
    world, client, venue = make_world(Gateway(0.0, 1.0, page, ways=("request",)))
    assert world.ask(GetSymbols()) == b"<html>"
    assert venue.requests == 0
    assert client.of(HttpReply)[0][1].headers == {"content-type": "text/html"}
    world, client, venue = make_world(Gateway(0.0, 1.0, page, ways=("response",)))
    assert world.ask(GetSymbols()) == b"<html>"
    assert venue.requests == 1


def test_a_gateway_that_answers_a_handshake_refuses_it() -> None:
    world, client, venue = make_world(Gateway(0.0, 1.0, Answer(429, {"Retry-After": "7"}), ways=("open",)))
    world.ask(Start())
    world.run_until(0.9)
    ((_, closed),) = client.of(WsClosed)
    assert closed == WsClosed("private#1", "the handshake was answered with HTTP 429", 429, 7.0)
    assert venue.seen == []
    world.run_until(2.0)
    assert [item.conn for _, item in client.of(WsOpened)] == ["private#2"]


def test_an_abandoned_command_is_told_to_the_machine_and_waits_no_more() -> None:
    world, client, venue = make_world()
    venue.silent = True
    command = world.begin(GetSymbols(), lambda done: None)
    world.run_until(1.0)
    assert world.unanswered == 1
    world.abandon(command)
    world.run_until(2.0)
    assert world.unanswered == 0
    assert client.of(Abandon) == [(1.0, Abandon(command))]


def test_a_stranger_asks_the_venue_and_the_client_hears_nothing() -> None:
    request = HttpRequest(-1, "DELETE", "/key", "", {}, b"")
    world, client, venue = make_world(Stranger(0.5, request), ClientClock(0.7, 5_000))
    world.run_until(1.0)
    assert venue.seen == [(0.5, request)]
    assert client.seen == []
    assert world.client_clock_ms == 5_000


def test_a_black_hole_ends_with_the_end_of_what_fell_into_it() -> None:
    world, client, _ = make_world(BlackHole(0.5, 1.0, target="private"))
    world.ask(Start())
    world.run_until(2.0)
    assert client.of(WsClosed) == [(1.5, WsClosed("private#1", "connection reset"))]


def test_a_client_is_killed_between_two_effects_and_another_begins_with_what_was_kept() -> None:
    world, client, _ = make_world()
    client.effects = [Remember(b"first\n"), Remember(b"second\n"), Publish(SessionState(True, ""))]
    left: list[Effect] = []
    answers: list[Complete] = []
    world.kill(1, left.extend)
    world.begin(Start(), answers.append)
    world.run_until(1.0)
    assert [type(each) for each in left] == [Remember, Publish, OpenWs, Complete]
    assert world.kept.startswith(b"first\n")
    assert len(world.kept) < len(b"first\nsecond\n"), "the last line was cut off"
    assert isinstance(answers[0].error, Killed)
    assert not world.is_running
    world.begin(GetSymbols(), answers.append)
    world.run_until(2.0)
    assert isinstance(answers[1].error, NotConnected)
    world.boot(FakeClient())
    assert world.ask(GetSymbols()) == b"1"


def test_a_killed_clients_request_arrives_and_its_reply_is_not_taken_for_another() -> None:
    world, _, venue = make_world()
    answers: list[Complete] = []
    world.begin(GetSymbols(), answers.append)
    world.run_until(0.005)
    world.kill(0, lambda _: None)
    world.begin(Start(), answers.append)
    world.run_until(0.006)
    world.boot(FakeClient())
    world.begin(GetSymbols(), answers.append)
    world.run_until(1.0)
    assert venue.requests == 2
    assert [type(each.error) for each in answers[:2]] == [Killed, Killed]
    assert answers[2].result == b"2"


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_computer_sleeps_and_reads_afterwards_what_came(is_counted: bool) -> None:
    world, client, _ = make_world(Asleep(1.0, 5.0, is_counted=is_counted))
    world.run_until(2.0)
    answers: list[Complete] = []
    world.begin(GetSymbols(), answers.append, timeout=20.0)
    world.run_until(5.9)
    assert answers == []
    world.run_until(6.5)
    assert answers[0].result == b"1"
    assert client.of(HttpReply)[0][0] == pytest.approx(6.03 if is_counted else 1.03)


def test_a_connection_that_has_grown_old_is_ended_by_the_venue_and_the_next_one_too() -> None:
    world, client, venue = make_world(OldAge(10.0))
    world.ask(Start())
    world.run_until(25.0)
    assert [at for at, _ in client.of(WsClosed)] == [10.0, 21.0]
    assert len([item for _, item in venue.seen if isinstance(item, SocketClosed)]) == 2


def test_a_mute_connection_answers_messages_and_pings_and_says_nothing_else() -> None:
    client, venue = FakeClient(), FakeVenue()
    world = World(client, venue, faults=[Mute(0.5, 1.0)])
    world.ask(Start())
    venue.news = [SocketSend(1, b"news")]
    for at in (1.0, 2.0):
        venue.tick_at = at
        world.run_until(at + 0.1)
        client.effects = [SendText("private#1", "are you there?"), PingWs("private#1")]
        world.tell_client(Tick())
        world.run_until(at + 0.2)
    assert [item.data for _, item in client.of(WsMessage)] == [b"hello from private#1", *[b"are you there?"] * 2]
    assert len(client.of(WsPong)) == 2
