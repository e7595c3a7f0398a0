"""The venue's rate limits, kept before the venue has to enforce them.

Every budget is a sliding window: what was spent in the last `window` seconds. That is never looser than the fixed
windows that venues count in. What the venue reports to have been used (by other programs of the same address, too)
is taken over where it is more than we know of.

Queries may use 80 % of a budget and placements 95 %, so that a cancel finds room when it matters. The session's own
queries may use what placements may: however much was asked before, it can begin, and find out what became of orders.

Clients share what there is. Whoever has used more than a fair share of the window (all of it, divided by those who used
some of it and one who may come) leaves the last eighth to the others: a client that floods hurts only itself. What the
session asks for itself is never held back for that, and finds room above a flood of whatever kind.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from math import inf

from sansio_exchange.venue import Budget, Priority

SHARE = {Priority.CANCEL: 1.0, Priority.PLACE: 0.95, Priority.QUERY: 0.8}
FOR_ALL = 7 / 8
"""Of what a priority may use, the part that is not kept for clients below their fair share."""
NOBODY = ""
"""The session itself, as a client."""


class _Window:
    """One budget, what was spent of it, and by whom."""

    __slots__ = ("clients", "limit", "spent", "used", "window")

    def __init__(self, budget: Budget) -> None:
        self.limit = budget.limit
        self.window = budget.window
        self.spent: deque[tuple[float, int, str]] = deque()
        self.used = 0
        self.clients: Counter[str] = Counter()

    def expire(self, mono: float) -> None:
        spent = self.spent
        while spent and spent[0][0] <= mono - self.window:
            _, cost, client = spent.popleft()
            self.used -= cost
            if client:
                self.clients[client] -= cost
                if not self.clients[client]:
                    del self.clients[client]

    def spend(self, cost: int, mono: float, client: str) -> None:
        self.used += cost
        if client:
            self.clients[client] += cost
        if self.spent and self.spent[-1][0] == mono and self.spent[-1][2] == client:
            self.spent[-1] = (mono, self.spent[-1][1] + cost, client)
        else:
            self.spent.append((mono, cost, client))

    def allowed(self, priority: Priority, client: str) -> int:
        """What of the budget may be in use after a request of this priority."""
        return int(self.limit * SHARE[priority if client else min(priority, Priority.PLACE)])

    def wait(self, cost: int, priority: Priority, mono: float, client: str, *, is_fair: bool) -> float:
        """Seconds until `cost` fits into the priority's share of the budget; infinity where it never does. `is_fair`:
        and a client that is above its share leaves room for others."""
        self.expire(mono)
        allowed = self.allowed(priority, client)
        if is_fair and client and self.is_above_its_share(cost, allowed, client):
            allowed = max(cost, int(allowed * FOR_ALL))
        over = self.used + cost - allowed
        if over <= 0:
            return 0.0
        if cost > allowed:
            return 0.0 if not self.spent else self.spent[-1][0] + self.window - mono
        for spent_at, amount, _ in self.spent:
            over -= amount
            if over <= 0:
                return max(spent_at + self.window - mono, 1e-6)
        return inf

    def is_above_its_share(self, cost: int, allowed: int, client: str) -> bool:
        number = len(self.clients) + (client not in self.clients)
        return (self.clients[client] + cost) * (number + 1) > allowed


class RateBudget:
    """All budgets of one venue, and the ban that follows where one was overrun all the same."""

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self._windows: dict[str, _Window] = {}
        self._banned_until: dict[str, float] = {}
        """By budget, and under "" for everything."""
        self._budgets: tuple[Budget, ...] = ()
        self.replace(budgets)

    def replace(self, budgets: Iterable[Budget]) -> None:
        """Take over the limits that the venue told; what was spent stays spent."""
        budgets = tuple(budgets)
        if budgets == self._budgets:
            return
        self._budgets, before = budgets, self._windows
        self._windows = {}
        for budget in budgets:
            window = self._windows[budget.name] = _Window(budget)
            if budget.name in before:
                known = before[budget.name]
                window.spent, window.used, window.clients = known.spent, known.used, known.clients

    def wait(
        self,
        costs: Mapping[str, int],
        priority: Priority,
        mono: float,
        client: str = NOBODY,
        *,
        is_fair: bool = True,
    ) -> float:
        """Seconds until a request with these costs may go; 0 for now. Unknown budgets have no limit. `is_fair`: and a
        client that is above its share leaves room for others."""
        banned_until = self._banned_until
        longest = max(0.0, banned_until.get("", 0.0) - mono)
        for name, cost in costs.items():
            if name in banned_until:
                longest = max(longest, banned_until[name] - mono)
            window = self._windows.get(name)
            if window is not None and cost:
                longest = max(longest, window.wait(cost, priority, mono, client, is_fair=is_fair))
        return longest

    def lacking(self, costs: Mapping[str, int], priority: Priority, mono: float, client: str) -> dict[str, bool]:
        """Which of these budgets have no room for a request of `client` now, and of each whether it has none whoever
        asks, or though `client` had less than its share until now. What waits for the end of a ban lacks nothing else.
        """
        if banned := [name for name in costs if self._banned_until.get(name, 0.0) > mono]:
            return dict.fromkeys(banned, True)
        return {
            name: not self._had_its_share(name, priority, client)
            or self.wait({name: cost}, priority, mono, client, is_fair=False) > 0
            for name, cost in costs.items()
            if self.wait({name: cost}, priority, mono, client)
        }

    def _had_its_share(self, name: str, priority: Priority, client: str) -> bool:
        window = self._windows.get(name)
        return window is None or window.is_above_its_share(0, window.allowed(priority, client), client)

    def spend(self, costs: Mapping[str, int], mono: float, client: str = NOBODY) -> None:
        """A request of `client` with these costs leaves now."""
        for name, cost in costs.items():
            window = self._windows.get(name)
            if window is not None and cost:
                window.spend(cost, mono, client)

    def observe(self, used: Mapping[str, int], mono: float) -> None:
        """The venue says what was used; where that is more than we know of, somebody else shares the limit."""
        for name, count in used.items():
            window = self._windows.get(name)
            if window is not None:
                window.expire(mono)
                if count > window.used:
                    window.spend(count - window.used, mono, NOBODY)

    def ban(self, seconds: float, mono: float, budgets: Iterable[str] = ()) -> None:
        """The venue refused for having been asked too much: for that long nothing goes out that draws on `budgets`, or
        nothing at all where it named none."""
        for name in tuple(budgets) or ("",):
            self._banned_until[name] = max(self._banned_until.get(name, 0.0), mono + seconds)
