"""`exchange-connector request`: what would be sent to a venue for one call, signed, as JSON. Nothing is sent."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import structs

from sansio_exchange.commands import Action, Credentials, PlaceOrder, PlaceOrders, Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.orders import NewOrder
from sansio_exchange.venue import Recipe, Request, Sleep, Together, Venue
from service.methods import PRIVATE, ask_for, find_method

FRAME_ID = "1"


def show_request(
    venue: Venue, name: str, fields: Mapping[str, str], credentials: Credentials, now_ms: int, *, over_ws: bool
) -> Iterator[str]:
    """One JSON object for each request that the call sends first.

    HTTP: method, url, headers, body. WebSocket (`over_ws`, and subscriptions): url, frame. A call that needs the reply
    to its first request before it can make the next shows only what it can send at once. Raises InvalidRequest.
    """
    asked = ask_for(find_method(name), fields)
    if isinstance(asked, tuple):
        yield from _subscription(venue, asked, credentials, now_ms)
        return
    for request in _first_requests(venue.recipe(_with_ids(asked, venue))):
        if over_ws:
            yield _over_ws(venue, name, request, credentials, now_ms)
        else:
            yield _over_http(venue, request, credentials, now_ms)


def _with_ids(action: Action, venue: Venue) -> Action:
    """The session gives orders without a client order id one of its own; so here."""
    match action:
        case PlaceOrder(order):
            return PlaceOrder(_with_id(order, venue, 1))
        case PlaceOrders(orders):
            return PlaceOrders(tuple(_with_id(order, venue, number) for number, order in enumerate(orders, 1)))
        case _:
            return action


def _with_id(order: NewOrder, venue: Venue, number: int) -> NewOrder:
    return structs.replace(order, client_order_id=order.client_order_id or venue.client_order_id("sample", number))


def _first_requests(recipe: Recipe[object]) -> tuple[Request, ...]:
    try:
        step = next(recipe)
        while isinstance(step, Sleep):
            step = recipe.send(None)
    except StopIteration:
        return ()
    recipe.close()
    if isinstance(step, Together):
        return tuple(request for each in step.recipes for request in _first_requests(each))
    return step if isinstance(step, tuple) else (step,)


def _over_http(venue: Venue, request: Request, credentials: Credentials, now_ms: int) -> str:
    sent = venue.sign(1, request, credentials, now_ms)
    return _line({"method": sent.method, "url": sent.url, "headers": sent.headers, "body": sent.body.decode()})


def _over_ws(venue: Venue, name: str, request: Request, credentials: Credentials, now_ms: int) -> str:
    if not request.ws_method:
        raise InvalidRequest("--ws", f"{venue.name} takes the first request of {name} over HTTP only: leave --ws out")
    if "trade" not in venue.sockets:
        raise InvalidRequest("--ws", f"{name} goes to {venue.name} over HTTP by default: leave --ws out")
    frame = venue.trade_frame(FRAME_ID, request, credentials, now_ms)
    return _line({"url": _url(venue, "trade"), "frame": frame})


def _subscription(venue: Venue, topics: tuple[Topic, ...], credentials: Credentials, now_ms: int) -> Iterator[str]:
    if PRIVATE in topics:
        for request in _first_requests(venue.url("private")):
            yield _over_http(venue, request, credentials, now_ms)
        frames = [venue.login_frame("private", credentials, now_ms), *venue.private_frames(FRAME_ID)]
        for frame in filter(None, frames):
            yield _line({"url": _url(venue, "private"), "frame": frame})
        return
    by_role: dict[str, list[Topic]] = {}
    for topic in topics:
        by_role.setdefault(venue.role(topic), []).append(topic)
    for role, wanted in by_role.items():
        said = venue.subscribe_frame(FRAME_ID, wanted)
        for frame in [said] if isinstance(said, str) else said:
            yield _line({"url": _url(venue, role), "frame": frame})


def _url(venue: Venue, role: str) -> str:
    """Where the socket is, or "" where the venue has to be asked for that first."""
    try:
        next(venue.url(role))
    except StopIteration as told:
        return str(told.value)
    return ""


def _line(shown: Mapping[str, object]) -> str:
    return msgspec.json.encode(shown).decode()
