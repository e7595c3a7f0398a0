"""Requests that wait for room in the rate budget."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping

from sansio_exchange.session.rate_budget import NOBODY
from sansio_exchange.session.run import Ticket


class _Line:
    """Requests of one client and priority that wait for room, in order of asking."""

    __slots__ = ("_done", "_tickets", "_waited_for")

    def __init__(self) -> None:
        self._done: set[Ticket] = set()
        self._tickets: dict[Ticket, None] = {}
        self._waited_for: Counter[str] = Counter()
        """How many wait for each budget."""

    def __len__(self) -> int:
        return len(self._tickets)

    def is_waited_for(self, costs: Mapping[str, int]) -> bool:
        """Whether somebody waits for one of these budgets."""
        return not self._waited_for.keys().isdisjoint(costs)

    def append(self, ticket: Ticket) -> None:
        self._tickets[ticket] = None
        self._waited_for.update(ticket.request.costs.keys())

    def done(self, ticket: Ticket) -> None:
        """It waits no more; to be called within in_turn."""
        self._done.add(ticket)
        for name in ticket.request.costs:
            self._waited_for[name] -= 1
            if not self._waited_for[name]:
                del self._waited_for[name]

    def in_turn(self) -> Iterator[Ticket]:
        """Those that wait behind nobody: a ticket that is not done when the next one is asked for holds its budgets."""
        held: set[str] = set()
        for ticket in self._tickets:
            costs = ticket.request.costs
            if held.isdisjoint(costs):
                yield ticket
                if ticket in self._done:
                    continue
            held.update(costs)  # also of one that waits behind another: nobody overtakes it either
            if held >= self._waited_for.keys():
                break
        for ticket in self._done:
            del self._tickets[ticket]
        self._done.clear()


_NONE: frozenset[str] = frozenset()


class Queue:
    """Requests of one priority that wait for room: each client's in order of asking, the clients in turn. The session's
    own go first: what was missed is to be told before anybody's questions are answered."""

    __slots__ = ("_held", "_lacked", "_lines")

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        """By client; whoever was served last is the last."""
        self._held: set[str] = set()
        """Budgets without room for somebody whose turn it is: nobody else may take what comes free."""
        self._lacked: dict[str, set[str]] = {}
        """By client, budgets without room for what it asked: it may not take what comes free for less urgent things."""

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def is_waited_for(self, client: str, costs: Mapping[str, int]) -> bool:
        """Whether an earlier request of that client waits for one of these budgets, or another's whose turn it is."""
        if not self._held.isdisjoint(costs):
            return True
        return client in self._lines and self._lines[client].is_waited_for(costs)

    def holds_back(self, client: str, costs: Mapping[str, int]) -> bool:
        """Whether something less urgent of that client has to wait, because one of these budgets is lacked."""
        return not (self._held.isdisjoint(costs) and self._lacked.get(client, _NONE).isdisjoint(costs))

    def append(self, ticket: Ticket) -> None:
        self._lines.setdefault(ticket.run.client, _Line()).append(ticket)

    def hold(self, ticket: Ticket, lacking: Mapping[str, bool]) -> None:
        """A ticket that was just appended, or is in turn, finds no room in these; of each whether nobody would."""
        self._held.update(name for name, is_lacked_by_all in lacking.items() if is_lacked_by_all)
        self._lacked.setdefault(ticket.run.client, set()).update(lacking)

    def done(self, ticket: Ticket) -> None:
        """It waits no more; to be called within in_turn."""
        client = ticket.run.client
        line = self._lines.pop(client)
        line.done(ticket)
        self._lines[client] = line

    def in_turn(self) -> Iterator[Ticket]:
        """Those that wait behind nobody: the session's own, then one of each client after the other."""
        self._held.clear()
        self._lacked.clear()
        turns = deque((client, line.in_turn()) for client, line in self._lines.items() if client != NOBODY)
        if NOBODY in self._lines:
            turns.appendleft((NOBODY, self._lines[NOBODY].in_turn()))
        while turns:
            client, tickets = turns.popleft()
            ticket = next(tickets, None)
            if ticket is not None:
                if self._held.isdisjoint(ticket.request.costs):
                    yield ticket
                turns.appendleft((client, tickets)) if client == NOBODY else turns.append((client, tickets))
            elif not self._lines[client]:
                del self._lines[client]
