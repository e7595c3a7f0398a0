"""What a reply tells of the request that it answers, for `decode`: fields that its user need not give."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import structs

from sansio_exchange.commands import Action, CancelOrder
from sansio_exchange.venue import Venue
from service.methods import ask_for, find_method

_ORDER = {
    "side": "BUY",
    "type": "LIMIT",
    "quantity": "1000",  # a whole number of contracts of every documented size
    "price": "1",
}
_ALL_SYMBOLS = ("get_open_orders", "get_positions", "fetch_exchange_info", "get_symbol_info")
_SYMBOL_KEYS = ("symbol", "instId", "contract", "s")
_CLIENT_ID_KEYS = ("clientOrderId", "clOrdId", "orderLinkId", "clientOid", "text")
_ORDER_ID_KEYS = ("orderId", "ordId")
_PLAIN_ID_KEYS = ("id",)
"""Gate's; elsewhere that of a frame, beside an order id of another name."""


def asked_for(venue: Venue, name: str, payload: Any, fields: Mapping[str, str]) -> Action:
    """The request to the method called `name` that `payload` answers; `fields` are those that are known.

    The venue learns the ids of orders that the payload names. Raises InvalidRequest for a method or a field that there
    is not, and for what no request can ask.
    """
    method = find_method(name)
    ids = list(_order_ids(venue, payload))
    guessed = _guess(name, method.fields, payload, ids)
    if "client_order_id" in fields:
        guessed.pop("order_id", None)
    if not fields.get("type", "LIMIT").upper().endswith("LIMIT"):
        guessed.pop("price", None)
    action = ask_for(method, {**guessed, **fields})
    assert not isinstance(action, tuple), "subscriptions are no requests"
    if isinstance(action, CancelOrder) and not ids and "order_id" not in fields:
        return structs.replace(action, order_id=0, client_order_id=next(_client_ids(payload), "sample"))
    return action


def _guess(name: str, wanted: Iterable[str], payload: Any, ids: list[str]) -> dict[str, str]:
    """Fields that the request must have had, from the payload where it names them."""
    rows = payload if isinstance(payload, list) else [payload]
    symbol = next(_find(payload, _SYMBOL_KEYS), "BTCUSDT")
    names = [list(_client_ids(row)) or ["sample"] for row in rows or [None]]
    orders = [_ORDER | {"symbol": symbol, "client_order_id": each} for row in names for each in row]
    if name == "batch_place_orders":
        return {"orders": msgspec.json.encode(orders).decode()}
    known = {
        **(orders[0] if name == "place_order" else {}),
        "symbol": "" if name in _ALL_SYMBOLS else symbol,
        "order_id": ids[0] if ids else "1",
        "order_ids": ",".join(ids or [str(number) for number in range(1, len(rows) + 1)]),
        "asset": "USDT",
        "interval": "1m",
        "limit": "1000",
    }
    return {field: known[field] for field in wanted if field in known}


def _order_ids(venue: Venue, payload: Any) -> Iterator[str]:
    """Our numbers of the orders that `payload` names."""
    for venue_id in list(_find(payload, _ORDER_ID_KEYS)) or _find(payload, _PLAIN_ID_KEYS):
        try:
            yield str(venue.order_number(venue_id))
        except ValueError:
            continue


def _client_ids(payload: Any) -> Iterator[str]:
    """Gate writes t- before the client order id."""
    return (each.removeprefix("t-") for each in _find(payload, _CLIENT_ID_KEYS))


def _find(payload: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """What stands in `payload`, however deep, under one of `keys`, of each object that has one the first."""
    if isinstance(payload, dict):
        own = (payload.get(key) for key in keys)
        found = next((each for each in own if isinstance(each, str | int) and not isinstance(each, bool)), None)
        if found not in (None, ""):
            yield str(found)
            return
        payload = list(payload.values())
    if isinstance(payload, list):
        for each in payload:
            yield from _find(each, keys)
