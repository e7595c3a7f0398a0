"""What goes wrong in an episode: drawn from its seed, over before the episode's calm end."""

from collections.abc import Callable

from msgspec import Struct

from sansio_exchange.simulation.faults import (
    Answer,
    Asleep,
    BlackHole,
    ClientClock,
    Crossing,
    Cut,
    Disconnect,
    Duplicate,
    Fault,
    Gateway,
    Latency,
    LoseReply,
    Mute,
    Narrow,
    OldAge,
    Refuse,
    Stall,
    Straggle,
    Stranger,
    Truncate,
    Uneven,
    Way,
)
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.wire import HttpRequest
from tests.simulation.sites import ACCOUNT, Site

HOUR_MS = 3_600_000
OLD_AGE = 70.0
"""Seconds that stand for the 24 hours after which a venue ends its sockets."""
SUCCEEDED_AT = 50.0
"""And for the age at which ours are succeeded."""
LATEST = 2.5
"""Seconds by which a venue's lists are behind its books, or its old socket behind the new one."""
TAKES_OVER_WITHIN = 1.5
"""Seconds from the opening of a socket's successor until it has taken over, with some latency."""
LONG = 61.0
"""Seconds at least: an order that left before such an absence is as old as one that has nothing to do with it."""
LONGEST_STALL = 15.0
"""Seconds. All that was held comes at once: a minute's requests are more than Bybit takes before it bans an address for
ten minutes, and an episode is shorter than that."""
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>cloudfront</body></html>"
UNKNOWN_503 = b'{"code":0,"msg":"Unknown error, please check your request or try again later."}'
FAILED_503 = b'{"code":0,"msg":"Service Unavailable."}'
TOO_MANY = b'{"code":-1003,"msg":"Too many requests; current limit is 2400 requests per minute."}'

Draw = Callable[[Prng, float, float, Site], list[Fault]]
"""(prng, start, seconds, where) -> faults."""


class Trouble(Struct, frozen=True):
    """One thing that goes wrong from `at` seconds on, as the faults that make it up."""

    at: float
    what: str
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"{self.at:8.3f} s  {self.what}: " + "; ".join(_told(fault) for fault in self.faults)


class Kill(Fault):
    """At `at` seconds the connector is killed, `effects` effects later; `down` seconds later it is started again."""

    def __init__(self, at: float, effects: int, down: float) -> None:
        self.at = at
        self.effects = effects
        self.down = down


class Flood(Fault):
    """From `at` on, for `seconds`, one more client asks for something `pace` times a second."""

    def __init__(self, at: float, seconds: float, pace: float) -> None:
        self.at = at
        self.seconds = seconds
        self.pace = pace


class LateLists(Fault):
    """From `at` on, for `seconds`, the venue answers questions from books that are up to `late` seconds behind."""

    def __init__(self, at: float, seconds: float, late: float) -> None:
        self.at = at
        self.seconds = seconds
        self.late = late


class Takeovers(Fault):
    """Another program trades while the private socket is succeeded, and the venue tells of it `late` seconds later on
    the old socket than on the new one. With `breaks` the old one breaks before it has told all.

    `trade` does so at a time that it is given; the episode sets it.
    """

    def __init__(self, late: float, *, breaks: bool) -> None:
        self.trade: Callable[[float], None] | None = None
        self._late = late
        self._breaks = breaks
        self._opened: dict[str, float] = {}

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.target != "private":
            return
        if crossing.way == "open":
            newest = max(self._opened.values(), default=crossing.at)
            self._opened.pop(crossing.conn, None)  # the client's next process begins its names anew
            self._opened[crossing.conn] = crossing.at
            if self.trade is not None and crossing.at >= newest + SUCCEEDED_AT:
                for _ in range(1 + prng.below(3)):
                    self.trade(crossing.at + prng.uniform() * TAKES_OVER_WITHIN)
        elif crossing.way == "in" and crossing.at >= self._opened.get(crossing.conn, crossing.at) + SUCCEEDED_AT:
            crossing.delay += self._late
            is_succeeded = next(reversed(self._opened)) != crossing.conn
            crossing.cut = crossing.cut or (self._breaks and is_succeeded and prng.below(3) == 0)


def weather(prng: Prng, begin: float, end: float, site: Site) -> list[Trouble]:
    """Latency at all times, and a few spells between `begin` and `end` seconds."""
    latency: Fault = Latency(0.002 + prng.uniform() * 0.1, 0.002 + prng.uniform() * 0.1, prng.uniform() * 0.05)
    troubles = [Trouble(0.0, "latency", (latency,))]
    if prng.below(3) == 0:
        troubles.append(Trouble(0.0, "uneven", (Uneven(0.5 * prng.uniform()),)))
    if prng.below(4) == 0:
        troubles.append(Trouble(0.0, "wall clock", (ClientClock(0.0, (prng.below(3) - 1) * HOUR_MS),)))
    if prng.below(6) == 0:
        troubles.append(Trouble(0.0, "old age", (OldAge(OLD_AGE),)))
    kinds = [KINDS] * (2 + prng.below(7))
    if prng.below(8) == 0:
        kinds.append((_narrow,))  # a rare one, which slows all others
    for each in kinds:
        start = begin + prng.uniform() * (end - begin)
        seconds = min(end - start, 0.5 + 12 * prng.exponential())
        kind = each[prng.below(len(each))]
        troubles.append(Trouble(start, kind.__name__.strip("_"), tuple(kind(prng, start, seconds, site))))
    if any(isinstance(fault, OldAge) for trouble in troubles for fault in trouble.faults) and prng.below(4):
        troubles.append(Trouble(0.0, "takeovers", (Takeovers(LATEST * prng.uniform(), breaks=prng.below(3) == 0),)))
    if prng.below(3) == 0:
        start = begin + prng.uniform() * (end - begin)
        troubles.append(Trouble(start, "late lists", tuple(_late_lists(prng, start, end - start, site))))
    if prng.below(10) == 0:
        seconds = LONG + 25 * prng.uniform()
        start = begin + prng.uniform() * (end - begin - seconds)
        faults = LONG_KINDS[prng.below(len(LONG_KINDS))](prng, start, seconds, site)
        troubles.append(Trouble(start, "long", tuple(faults)))
    return troubles


def _told(fault: Fault) -> str:
    told = ", ".join(f"{name.strip('_')}={value!r}" for name, value in vars(fault).items() if not callable(value))
    return f"{type(fault).__name__}({told})"


def _disconnect(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Disconnect(start, ("", *site.roles)[prng.below(4)])]


def _slow_recovery(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """The private socket is soon back, and what was missed takes long to ask: much is held meanwhile."""
    target = site.places[3:][prng.below(len(site.places) - 3)]
    slow = Straggle(start, seconds + 10, 4.0, ways=("response",), target=target)
    return [Disconnect(start, "private"), Disconnect(start + seconds / 2, "private"), slow]


def _restart(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Disconnect(start), Refuse(start, seconds)]


def _refuse(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Refuse(start, seconds)]


def _lost_replies(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    target = ("trade", "private", *site.places[1:])[prng.below(len(site.places) + 1)]
    return [LoseReply(target, start=start, times=1 + prng.below(3))]


def _cuts(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    ways: tuple[Way, ...] = (("request",), ("response",), ("out",), ("in",), ("open",))[prng.below(5)]
    share = 0.02 if ways == ("in",) else 0.3
    return [Cut(start, seconds, ways=ways, share=share)]


def _black_hole(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [BlackHole(start, seconds, target=("", *site.roles, *site.places[1:])[prng.below(len(site.places) + 3)])]


def _mute(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """Only for some seconds, but what is mute by then stays so; also when nobody trades any more."""
    later = 40 * prng.uniform()
    return [Mute(start + later, seconds, target=("", "private", "private", site.market_role)[prng.below(4)])]


def _narrow(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """As with one that is mute; an order-entry socket is asked nothing then, until somebody trades again."""
    return [Narrow(start, seconds, target=("", "trade", "trade", site.market_role)[prng.below(4)])]


def _stall(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Stall(start, min(seconds, LONGEST_STALL), target=("", *site.roles)[prng.below(4)])]


def _straggle(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    target = ("", "trade", "private", site.order)[prng.below(4)]
    return [Straggle(start, seconds, 8 * prng.uniform(), target=target, share=0.3)]


def _slow_requests(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """Orders over REST that come to the venue late, while questions about them overtake."""
    return [
        BlackHole(start, seconds + 5, target="trade"),
        Straggle(start, seconds + 5, 7.0, ways=("request",), target=site.order, share=0.5),
    ]


def _duplicates(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Duplicate(start, seconds * 3, ways=("in",), target=("", "private", "trade")[prng.below(3)], share=0.5)]


def _server_errors(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    way: Way = ("request", "response")[prng.below(2)]
    answers = [Answer(502, {"Content-Type": "text/html"}, HTML), Answer(504, {}, b""), Answer(503, {}, UNKNOWN_503)]
    if way == "request":
        answers.append(Answer(503, {}, FAILED_503))
    return [
        Gateway(
            start,
            seconds,
            answers[prng.below(len(answers))],
            ways=(way,),
            target=site.places[prng.below(len(site.places))],
            share=0.5,
        )
    ]


def _rate_limited(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    status = (429, 418)[prng.below(2)]
    answer = Answer(status, {"Retry-After": str(1 + prng.below(10))}, TOO_MANY)
    return [Gateway(start, min(seconds, 5.0), answer, ways=("request", "open"), share=0.5)]


def _listen_key_gone(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    if not site.listen_key:
        return [Disconnect(start, "private")]
    return [Stranger(start, HttpRequest(-1, "DELETE", site.listen_key, "", {"x-mbx-apikey": ACCOUNT}, b""))]


def _clock_is_set(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [ClientClock(start, (-HOUR_MS, HOUR_MS, 0, 2_000, -7_000)[prng.below(5)])]


def _orders_only_by_rest(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [BlackHole(start, seconds * 3, target="trade")]


def _truncated(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    ways: tuple[Way, ...] = (("in",), ("response",))[prng.below(2)]
    return [Truncate(start, seconds, ways=ways, share=0.02 if ways == ("in",) else 0.3)]


def _asleep(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """A laptop is shut. When it wakes after long, its connections are gone."""
    faults: list[Fault] = [Asleep(start, seconds, is_counted=prng.below(2) == 0)]
    return [*faults, Disconnect(start + seconds)] if seconds > 5.0 else faults


def _killed(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Kill(start, prng.below(12), min(seconds, 10.0) * prng.uniform())]


def _flood(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Flood(start, min(seconds, 10.0), 20 + 40 * prng.uniform())]


def _late_lists(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """With something that makes the session ask: what was missed, or what became of an order."""
    faults: list[Fault] = [LateLists(start, min(seconds, 30 * prng.uniform()), LATEST * (0.2 + 0.8 * prng.uniform()))]
    for _ in range(1 + prng.below(3)):
        at = start + prng.uniform() * 10
        if prng.below(2):
            faults.append(Disconnect(at, "private"))
        else:
            faults.append(LoseReply(("trade", site.order)[prng.below(2)], start=at, times=1 + prng.below(2)))
    return faults


def _long_sleep(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """So is the network card: what the venue sends meanwhile nobody ever gets."""
    return [Asleep(start, seconds, is_counted=prng.below(2) == 0), BlackHole(start, seconds)]


def _long_stop(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    return [Kill(start, prng.below(12), seconds)]


def _long_outage(prng: Prng, start: float, seconds: float, site: Site) -> list[Fault]:
    """What was on its way when it began is lost."""
    return [BlackHole(start, 1.0), Refuse(start, seconds)]


LONG_KINDS: tuple[Draw, ...] = (_long_sleep, _long_sleep, _long_stop, _long_outage)
"""Longer than the time within which an order left that is found to be lost. They come beside the others and seldom:
nobody trades meanwhile."""
KINDS: tuple[Draw, ...] = (
    _disconnect,
    _slow_recovery,
    _slow_recovery,
    _restart,
    _refuse,
    _lost_replies,
    _lost_replies,
    _cuts,
    _cuts,
    _black_hole,
    _mute,
    _stall,
    _straggle,
    _slow_requests,
    _slow_requests,
    _duplicates,
    _server_errors,
    _server_errors,
    _rate_limited,
    _listen_key_gone,
    _clock_is_set,
    _orders_only_by_rest,
    _truncated,
    _asleep,
    _killed,
    _killed,
    _flood,
)
