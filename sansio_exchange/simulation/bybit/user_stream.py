"""Private topics: what becomes of an account's orders, executions, positions and wallet.

Source: Bybit V5 API, "WebSocket Stream" / "Private" (docs/v5/websocket/private/...), read in November 2026. Nothing
begins with a snapshot. What happens at one time to an account goes out as one message of each topic; whether orders or
their executions come first is not documented, so they take turns. Positions are told with every change of an order,
"regardless if there's any actual change"; a change of unrealised profit alone is not told.
"""

from collections.abc import Sequence

from sansio_exchange.simulation.bybit.account import Accounts
from sansio_exchange.simulation.bybit.history import History
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.bybit.ledger import Ledger, Payment
from sansio_exchange.simulation.bybit.listing import Listings
from sansio_exchange.simulation.bybit.order_rows import execution_row, funding_row, topic_row
from sansio_exchange.simulation.bybit.parameters import LINEAR
from sansio_exchange.simulation.bybit.sockets import Message, Sockets
from sansio_exchange.simulation.bybit.topics import private_topics
from sansio_exchange.simulation.bybit.trading import Trading
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.happenings import AccountChanged, LeverageChanged, OrderChanged
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

Row = dict[str, object]
FAST = ("category", "symbol", "execId", "execPrice", "execQty", "orderId", "isMaker", "orderLinkId", "side")
FAST_ENDING = ("execTime", "seq")


class _News:
    """What an account has not been told yet."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.executions: list[Row] = []
        self.positions: dict[str, None] = {}
        self.has_wallet = False


class UserStreams(Quiet):
    """Turns happenings of accounts into messages."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        accounts: Accounts,
        trading: Trading,
        history: History,
        totals: OrderTotals,
        ledger: Ledger,
        sockets: Sockets,
        fees: Fees,
        ids: Ids,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._accounts = accounts
        self._trading = trading
        self._history = history
        self._totals = totals
        self._ledger = ledger
        self._sockets = sockets
        self._fees = fees
        self._ids = ids
        self._news: dict[str, _News] = {}
        self._messages = 0
        self._turn = False
        """Whether orders go before their executions this time."""

    # happenings

    def on_order(self, change: OrderChanged, _now_ms: int, _out: list[VenueEffect]) -> None:
        order, fill, name = change.order, change.fill, change.account
        listing, created = self._listings.of(order.symbol), self._trading.created(order)
        news = self._of(name)
        if fill is not None:
            self._totals.add(fill)
            self._ledger.add_fill(name, fill)
            left = order.quantity - order.executed_qty
            row = execution_row(fill, order, left, listing, created, self._fees, self._ids)
            news.executions.append({"category": LINEAR, **row})
        news.orders.append(topic_row(order, listing, self._totals.of(order.order_id), created, self._ids))
        news.positions[order.symbol] = None
        news.has_wallet = True
        if order.status.is_final:
            self._history.finished(name, order)

    def on_account(self, change: AccountChanged, _now_ms: int, _out: list[VenueEffect]) -> None:
        name, news = change.account, self._of(change.account)
        news.has_wallet = True
        for symbol in change.symbols:
            news.positions[symbol] = None
            if change.reason == "FUNDING_FEE":
                payment = self._payment(name, symbol)
                self._ledger.add_payment(name, payment)
                row = funding_row(payment, name, self._listings.of(symbol), self._ids)
                news.executions.append({"category": LINEAR, **row})

    def on_leverage(self, change: LeverageChanged, _now_ms: int, _out: list[VenueEffect]) -> None:
        news = self._of(change.account)
        news.positions[change.symbol] = None
        news.has_wallet = True

    def _of(self, account: str) -> _News:
        return self._news.setdefault(account, _News())

    def _payment(self, account: str, symbol: str) -> Payment:
        """The newest settlement of a position."""
        time_ms, received = self._exchange.funding_paid(account, symbol)[-1]
        (settled,) = self._exchange.funding_history(symbol, 1)
        mark = self._exchange.mark(symbol).mark_price
        size = self._exchange.position(account, symbol).size
        return Payment(symbol, size, mark, settled.rate, -received, time_ms)

    # messages

    def all_told(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Say everything that has not been said."""
        news, self._news = self._news, {}
        for account, each in news.items():
            told = [("order", each.orders), ("execution", each.executions)]
            if each.executions:
                self._turn = not self._turn
            for channel, rows in told if self._turn else reversed(told):
                self._publish(channel, account, rows, now_ms, out)
            self._publish("execution.fast", account, _fast(each.executions), now_ms, out)
            if any(map(self._sockets.has, private_topics("position", account))):
                rows = [self._position(account, symbol) for symbol in each.positions]
                self._publish("position", account, rows, now_ms, out)
            if each.has_wallet and any(map(self._sockets.has, private_topics("wallet", account))):
                self._publish("wallet", account, [self._accounts.wallet_row(account)], now_ms, out)

    def _publish(self, channel: str, account: str, rows: Sequence[Row], now_ms: int, out: list[VenueEffect]) -> None:
        if not rows:
            return
        self._messages += 1
        message: Message = {"id": f"{account}_{self._messages}_{now_ms}", "creationTime": now_ms, "data": rows}
        for topic in private_topics(channel, account):
            self._sockets.publish(topic, message, now_ms, out)

    def _position(self, account: str, symbol: str) -> Row:
        """As REST says it, but that the entry price has another name."""
        row = self._accounts.position_row(account, self._exchange.position(account, symbol))
        row["entryPrice"] = row.pop("avgPrice")
        return {"category": LINEAR, **row}


def _fast(executions: Sequence[Row]) -> list[Row]:
    """The few fields of the fast topic, which tells of trades only ("Fast Execution")."""
    return [{name: row[name] for name in FAST + FAST_ENDING} for row in executions if row["execType"] == "Trade"]
