"""Commands that place orders: no client order id is ever placed twice.

An id is being placed, or known to the ledger, or new; only what is new is sent. Who asks for an order that is being
placed joins those who wait for it; who asks for one that is known gets the order that stands. A placement that has left
goes on until its outcome is known, whether or not anybody still waits.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

from sansio_exchange.errors import DuplicateClientOrderId, ExchangeError, InvalidRequest, OutcomeUnknown
from sansio_exchange.orders import NewOrder, Order
from sansio_exchange.session.asks import prepare_order
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.session.placing import Placing, is_retry, used_before
from sansio_exchange.session.rate_budget import NOBODY
from sansio_exchange.session.run import Run
from sansio_exchange.session.unanswered import OUT_OF_TIME, STOPPED, Unanswered
from sansio_exchange.venue import Venue

Outcome = Order | ExchangeError


class _Placement:
    """Orders that one run places, by client order id, and who waits for which."""

    __slots__ = ("client", "may_stand", "orders", "run", "waiting")

    def __init__(self, orders: Sequence[NewOrder], may_stand: set[str], client: str) -> None:
        self.client = client
        """Who asked first."""
        self.orders = {order.client_order_id: order for order in orders}
        self.may_stand = may_stand
        """The ids among them that may have been placed before."""
        self.waiting: list[tuple[Asking, int, str]] = []
        """Who waits, for which of its rows, for which client order id."""
        self.run: Run | None = None

    @property
    def has_left(self) -> bool:
        return self.run is not None and self.run.acted

    def without_answer(self, client_id: str, why: Unanswered, *, goes_on: bool) -> ExchangeError:
        """What can be said of one of its orders: one that may have been placed before may stand, sent or not."""
        if goes_on or self.has_left:
            return why.unknown(client_id)
        if client_id in self.may_stand:
            return OutcomeUnknown(
                "nothing was sent, because an earlier order of this id may stand or come",
                client_order_id=client_id,
            )
        return why.not_sent()


class Asking:
    """One command and its rows. `done` gets an outcome for each as soon as all are known."""

    __slots__ = ("_done", "_missing", "_outcomes", "placements")

    def __init__(self, number: int, done: Callable[[tuple[Outcome, ...]], None]) -> None:
        self._outcomes: list[Any] = [None] * number
        self._missing = number
        self._done = done
        self.placements: list[_Placement] = []

    def answer(self, row: int, outcome: Outcome) -> None:
        self._outcomes[row] = outcome
        self._missing -= 1
        if not self._missing:
            self._done(tuple(self._outcomes))

    def outcomes(self) -> list[Outcome | None]:
        """What is known so far."""
        return list(self._outcomes)


class OrderEntry:
    """All placements of one session. `session` begins the client order ids that are made here."""

    def __init__(self, venue: Venue, calls: Calls, ledger: OrderLedger, placing: Placing, session: str) -> None:
        self._venue = venue
        self._calls = calls
        self._ledger = ledger
        self._placing = placing
        self._session = session
        self._new_ids = count(1)
        self._being_placed: dict[str, _Placement] = {}

    def place(
        self,
        orders: Sequence[NewOrder],
        deadline: float,
        done: Callable[[tuple[Outcome, ...]], None],
        *,
        client: str = NOBODY,
    ) -> Asking:
        """Ask for orders on behalf of `client`; `done` may be called at once."""
        asking = Asking(len(orders), done)
        new: dict[str, int] = {}
        answers: list[tuple[int, Outcome]] = []
        prepared: list[NewOrder] = []
        for row, order in enumerate(orders):
            outcome = self._look_at(order, new)
            if isinstance(outcome, _Placement):
                self._join(outcome, asking, row, order.client_order_id, deadline)
            elif isinstance(outcome, NewOrder):
                new[outcome.client_order_id] = row
                prepared.append(outcome)
            else:
                answers.append((row, outcome))
        if prepared:
            given = {order.client_order_id for order in orders}
            may_stand = {id_ for id_ in new if id_ in given and self._placing.may_stand(id_)}
            self._begin(asking, new, _Placement(prepared, may_stand, client), deadline)
        for row, known in answers:
            asking.answer(row, known)
        return asking

    def leave(self, asking: Asking) -> tuple[Outcome, ...]:
        """Time is up: what has not left never will. Returns what there is to say about each row."""
        outcomes = asking.outcomes()
        for placement in asking.placements:
            mine = [waiting for waiting in placement.waiting if waiting[0] is asking]
            placement.waiting = [waiting for waiting in placement.waiting if waiting[0] is not asking]
            wanted = {client_id for _, _, client_id in placement.waiting}
            for _, row, client_id in mine:
                outcomes[row] = placement.without_answer(client_id, OUT_OF_TIME, goes_on=client_id in wanted)
            if mine and not wanted:
                self._let_go(placement)
            elif mine and not placement.has_left:
                self._reduce(placement, wanted)
        assert None not in outcomes
        return tuple(outcomes)  # type: ignore[arg-type]  # as asserted

    def stop(self) -> None:
        """The connector stops: nothing leaves any more, and whoever waits is told what is known."""
        for placement in list(dict.fromkeys(self._being_placed.values())):
            assert placement.run is not None
            placement.run.drop()
            self._end(placement, [placement.without_answer(each, STOPPED, goes_on=False) for each in placement.orders])

    def __len__(self) -> int:
        return len(self._being_placed)

    def _look_at(self, order: NewOrder, new: dict[str, int]) -> NewOrder | _Placement | Outcome:
        """The order as it may be sent, or who is placing it, or the order that stands, or what is wrong with it."""
        try:
            order = prepare_order(order, self._venue.symbols, self._next_client_order_id)
        except InvalidRequest as error:
            return error
        client_id = order.client_order_id
        if client_id in new:
            return DuplicateClientOrderId(f"client_order_id {client_id} is in this request twice")
        placement = self._being_placed.get(client_id)
        if placement is not None:
            return placement if placement.orders[client_id] == order else used_before(client_id)
        known = self._ledger.find_client(client_id)
        if known is not None:
            return known if is_retry(order, known) else used_before(client_id)
        return order

    def _next_client_order_id(self) -> str:
        return self._venue.client_order_id(self._session, next(self._new_ids))

    def _join(self, placement: _Placement, asking: Asking, row: int, client_id: str, deadline: float) -> None:
        placement.waiting.append((asking, row, client_id))
        asking.placements.append(placement)
        run = placement.run
        if run is not None and not run.is_let_go:
            run.deadline = max(run.deadline, deadline)

    def _begin(self, asking: Asking, rows: dict[str, int], placement: _Placement, deadline: float) -> None:
        placement.waiting = [(asking, row, client_id) for client_id, row in rows.items()]
        asking.placements.append(placement)
        self._being_placed.update(dict.fromkeys(rows, placement))
        self._start(placement, deadline)

    def _start(self, placement: _Placement, deadline: float) -> None:
        orders = list(placement.orders.values())
        if len(orders) == 1:
            placement.run = self._calls.start(
                self._placing.place(orders[0], may_stand=placement.may_stand),
                lambda placed, error: self._end(placement, (error if error is not None else placed,)),
                deadline=deadline,
                client=placement.client,
            )
        else:
            placement.run = self._calls.start(
                self._placing.place_many(orders, may_stand=placement.may_stand),
                lambda placed, error: self._end(placement, [error] * len(orders) if error is not None else placed),
                deadline=deadline,
                client=placement.client,
            )

    def _reduce(self, placement: _Placement, wanted: set[str]) -> None:
        """Nothing has left yet: place only what somebody still waits for. Who left was told that nothing was sent."""
        if placement.orders.keys() == wanted:
            return
        assert placement.run is not None
        placement.run.drop()
        self._forget(placement)
        self._not_placed(placement, placement.orders.keys() - wanted)
        placement.orders = {client_id: order for client_id, order in placement.orders.items() if client_id in wanted}
        self._being_placed.update(dict.fromkeys(placement.orders, placement))
        self._start(placement, placement.run.deadline)

    def _end(self, placement: _Placement, outcomes: Sequence[Outcome]) -> None:
        by_id = dict(zip(placement.orders, outcomes, strict=True))
        self._forget(placement)
        waiting, placement.waiting = placement.waiting, []
        for asking, row, client_id in waiting:
            asking.answer(row, by_id[client_id])

    def _let_go(self, placement: _Placement) -> None:
        assert placement.run is not None
        if placement.has_left:
            placement.run.let_go(self._calls.now.mono)
        else:
            placement.run.drop()
            self._forget(placement)
            self._not_placed(placement, placement.orders.keys())

    def _not_placed(self, placement: _Placement, client_ids: Iterable[str]) -> None:
        """This placement never will. What an earlier one of the same id has placed is still a question."""
        for client_id in client_ids:
            if client_id not in placement.may_stand:
                self._ledger.not_placed(client_id)

    def _forget(self, placement: _Placement) -> None:
        for client_id in placement.orders:
            del self._being_placed[client_id]
