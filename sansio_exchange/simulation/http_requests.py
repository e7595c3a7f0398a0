"""HTTP requests on their way between the two sides of a World: each earns one answer, whatever the faults do."""

from functools import partial
from typing import TYPE_CHECKING

from sansio_exchange.machine import HttpFailed, HttpReply, SendHttp
from sansio_exchange.simulation.faults import Crossing
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from sansio_exchange.simulation.world import World

LIFE = 1_000_000_000
"""Request ids of one process; those of the next begin beyond."""


class HttpRequests:
    """All that the client has sent, and that has not been answered."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._life = 0
        self._requests: dict[int, str] = {}

    def next_life(self) -> None:
        """Another process sends from now on."""
        self._life += 1

    def forget(self) -> None:
        """Nobody is there to get the answers."""
        self._requests.clear()

    def send(self, effect: SendHttp) -> None:
        path, query = path_and_query(effect.url)
        number = self._life * LIFE + effect.request_id
        if number in self._requests:
            raise RuntimeError(f"request id {effect.request_id} was used twice")
        self._requests[number] = path
        crossing = self._world.cross("request", path)
        arrival = self._world.now + crossing.delay
        if crossing.refused:
            self._world.at(arrival, partial(self._fail, number, False, "connection refused"))
            return
        if crossing.cut:
            self._world.at(arrival, partial(self._fail, number, True, "connection reset"))
            return
        if crossing.answer is not None:
            self._answer_instead(number, path, crossing)
            return
        timed_out = partial(self._fail, number, True, f"no reply within {effect.timeout:g} s")
        self._world.at(self._world.now + effect.timeout, timed_out)
        if crossing.copies:
            headers = {name.lower(): value for name, value in effect.headers.items()}
            request = HttpRequest(number, effect.method, path, query, headers, effect.body)
            self._world.at(arrival, partial(self._world.tell_venue, request))

    def _answer_instead(self, request_id: int, path: str, there: Crossing) -> None:
        """A gateway answers; the venue never hears of it."""
        assert there.answer is not None
        back = self._world.cross("response", path)
        response = HttpResponse(request_id, there.answer.status, there.answer.headers, there.answer.body)
        self._world.at(self._world.now + there.delay + back.delay, partial(self._reply, response))

    def respond(self, response: HttpResponse) -> None:
        path = self._requests.get(response.request_id)
        if path is None:
            return
        crossing = self._world.cross("response", path)
        arrival = self._world.now + crossing.delay
        if crossing.cut:
            self._world.at(arrival, partial(self._fail, response.request_id, True, "connection reset"))
        elif crossing.answer is not None:
            instead = HttpResponse(
                response.request_id, crossing.answer.status, crossing.answer.headers, crossing.answer.body
            )
            self._world.at(arrival, partial(self._reply, instead))
        elif crossing.copies:
            body = cut_off(response.body, crossing.arrives)
            whole = HttpResponse(response.request_id, response.status, response.headers, body)
            self._world.at(arrival, partial(self._reply, whole))

    def _reply(self, response: HttpResponse) -> None:
        if self._requests.pop(response.request_id, None) is not None:
            headers = {name.lower(): value for name, value in response.headers.items()}
            self._world.tell_client(HttpReply(response.request_id % LIFE, response.status, headers, response.body))

    def _fail(self, request_id: int, maybe_sent: bool, reason: str) -> None:
        if self._requests.pop(request_id, None) is not None:
            self._world.tell_client(HttpFailed(request_id % LIFE, maybe_sent, reason))


def cut_off(data: bytes, share: float) -> bytes:
    return data if share >= 1.0 else data[: int(len(data) * share)]


def path_and_query(url: str) -> tuple[str, str]:
    """All hosts lead to the one venue."""
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    return f"/{path}", query
