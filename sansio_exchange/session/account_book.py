"""The account as last known, and what of a venue's message is news about it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import structs

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.clock import end_of
from sansio_exchange.numbers import ZERO
from sansio_exchange.venue import AccountChange, LeverageChange

News = list[Account | Position]


class AccountBook:
    """Merges whole statements (from requests) and partial ones (from the stream) into one account."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self._positions: dict[str, Position] = {}
        self._closed_ms: dict[str, int] = {}
        """When each position that is not open was closed: what the stream tells of it late must not open it again."""
        self._told_closed_ms: dict[str, int] = {}
        """The same of those whose end the stream told: its dates and those of statements are of one kind. That a
        statement left a position out dates its end at most."""

    def positions(self) -> tuple[Position, ...]:
        """Open positions, by symbol."""
        return tuple(self._positions[symbol] for symbol in sorted(self._positions))

    def replace(self, account: Account, meanwhile: Sequence[AccountChange] = ()) -> News:
        """A whole statement: what is not in it is closed, and a position that it dates before what the stream has told
        of it is not told. Returns what changed, positions first.

        `meanwhile` is what was applied since it was asked for. It stands: where the statement is newer all the same,
        the stream will say so. Only a position bears a date that tells.
        """
        told = {position.symbol: position for position in account.positions if position.size}
        profit = _unrealized(told)
        self._keep({position.symbol for change in meanwhile for position in change.positions}, told)
        news: News = []
        for symbol, before in self._positions.items():
            if symbol not in told:
                news.append(_closed(before, account.update_ms))
                self._closed_ms[symbol] = news[-1].update_ms
        for symbol, position in told.items():
            known = self._positions.get(symbol)
            if known is None or not known.is_same(position):
                news.append(position)
        before_account = self.account
        self._positions = told
        self.account = structs.replace(account, positions=self.positions())
        for change in meanwhile:
            self._rebalance(change.balances, change.time_ms, profit)
            profit = _unrealized(told)
        if before_account is None or news or not _same_account(before_account, self.account):
            news.append(self.account)
        return news

    def apply(self, change: AccountChange) -> News:
        """A partial statement: what is not in it stands. Returns what changed, positions first.

        The venue names wallet balances and positions only; margin and available balance follow from them by the
        difference, until the next whole statement. That may have overtaken the stream: what is older than the balances
        or the position that it named is known already, and telling it would go back.
        """
        if self.account is None:
            return []
        profit_before = _unrealized(self._positions)
        news: News = []
        for told in change.positions:
            position = self._merge(told)
            if position is not None:
                news.append(position)
        is_old = change.time_ms < self.account.update_ms
        news.append(self._rebalance(() if is_old else change.balances, change.time_ms, profit_before))
        return news

    def set_leverage(self, change: LeverageChange) -> News:
        known = self._positions.get(change.symbol)
        if known is None or known.leverage == change.leverage:
            return []
        self._positions[change.symbol] = structs.replace(known, leverage=change.leverage)
        return [self._positions[change.symbol]]

    def forget(self) -> None:
        """It is another account from now on, and when this one changed says nothing. What differs is told."""
        self._positions = {symbol: structs.replace(each, update_ms=0) for symbol, each in self._positions.items()}
        self._closed_ms.clear()
        self._told_closed_ms.clear()
        if self.account is not None:
            self.account = structs.replace(self.account, update_ms=0)

    def _keep(self, symbols: set[str], told: dict[str, Position]) -> None:
        """Put what is known in the place of what was told: of these symbols where that is no newer, of others where it
        was overtaken."""
        for symbol in sorted(symbols | told.keys()):
            known, stated = self._positions.get(symbol), told.get(symbol)
            if symbol in symbols:
                known_ms = known.update_ms if known is not None else self._closed_ms.get(symbol, 0)
                is_kept = stated is None or stated.update_ms <= known_ms
            else:
                is_kept = self._has_overtaken(told[symbol])
            if is_kept:
                told.pop(symbol, None)
                if known is not None:
                    told[symbol] = known if stated is None else _completed(known, stated)

    def _has_overtaken(self, stated: Position) -> bool:
        """Whether the stream has told of another size since the date of this."""
        known = self._positions.get(stated.symbol)
        if known is None:
            since_ms = self._told_closed_ms.get(stated.symbol, 0)
        else:
            since_ms = known.update_ms if known.size != stated.size else 0
        return 0 < end_of(stated.update_ms) < since_ms

    def _merge(self, told: Position) -> Position | None:
        known = self._positions.get(told.symbol)
        if told.update_ms < (known.update_ms if known is not None else self._closed_ms.get(told.symbol, 0)):
            return None
        if not told.size:
            closed = _closed(known or told, told.update_ms)
            self._closed_ms[told.symbol] = self._told_closed_ms[told.symbol] = closed.update_ms
            return closed if self._positions.pop(told.symbol, None) else None
        if known is not None:
            told = _completed(told, known)
        self._positions[told.symbol] = told
        return None if known is not None and known.is_same(told) else told

    def _rebalance(self, news: Iterable[Balance], time_ms: int, profit_before: Decimal) -> Account:
        assert self.account is not None
        balances = {balance.asset: balance for balance in self.account.balances}
        gained = ZERO
        for told in news:
            known = balances.get(told.asset)
            # Other assets than USDT count through the venue's own indices: the next whole statement has them.
            moved = told.wallet - known.wallet if known is not None and told.asset == "USDT" else ZERO
            gained += moved
            available = known.available + moved if known is not None else told.available
            balances[told.asset] = structs.replace(told, available=available)
        profit = _unrealized(self._positions) - profit_before
        self.account = structs.replace(
            self.account,
            wallet_balance=self.account.wallet_balance + gained,
            margin_balance=self.account.margin_balance + gained + profit,
            available_balance=max(ZERO, self.account.available_balance + gained + profit),
            balances=tuple(balances.values()),
            positions=self.positions(),
            update_ms=max(time_ms, self.account.update_ms),
        )
        return self.account


def _unrealized(positions: dict[str, Position]) -> Decimal:
    return sum((position.unrealized_pnl for position in positions.values()), ZERO)


def _closed(position: Position, time_ms: int) -> Position:
    return structs.replace(
        position,
        size=ZERO,
        unrealized_pnl=ZERO,
        isolated_margin=ZERO,
        liquidation_price=ZERO,
        update_ms=time_ms or position.update_ms,
    )


def _completed(position: Position, other: Position) -> Position:
    """With what the stream leaves out of it, as `other` has it."""
    return structs.replace(
        position,
        leverage=position.leverage or other.leverage,
        mark_price=position.mark_price or other.mark_price,
        liquidation_price=position.liquidation_price or other.liquidation_price,
    )


def _same_account(one: Account, other: Account) -> bool:
    return structs.replace(one, update_ms=0, positions=()) == structs.replace(other, update_ms=0, positions=())
