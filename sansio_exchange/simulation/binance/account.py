"""The account as Binance shows it: balances, positions, settings, income.

Source: developers.binance.com, USDⓈ-M Futures, "Account" and "Trade", read in November 2025. The account is in one-way
mode, cross margin, single asset; changing that is refused.
"""

from collections import deque
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.account import Account, Position
from sansio_exchange.errors import ExchangeError
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.errors import Refused, invalid, missing, not_offered, refusal
from sansio_exchange.simulation.binance.listing import Listing, Listings, amount
from sansio_exchange.simulation.binance.rate_limits import RateLimiter
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees

ASSET = "USDT"
MAX_NOTIONAL = 500_000_000
MAX_LEVERAGE = 125
MAX_INCOME = 10_000


class Income(Struct, frozen=True):
    """One row of the income history."""

    symbol: str
    kind: str
    amount: Decimal
    time_ms: int
    trade_id: str


class Accounts:
    """Account calls of all keys."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, limiter: RateLimiter, fees: Fees) -> None:
        self._exchange = exchange
        self._listings = listings
        self._limiter = limiter
        self._fees = fees
        self._income: dict[str, deque[Income]] = {}
        self._opened_ms = exchange.now_ms
        """A balance was last changed then if never since; some clients take a time of 0 for no balance."""

    def note(self, account: str, income: Income) -> None:
        """Remember what a fill brought; the oldest of MAX_INCOME gives way. Funding the exchange itself remembers."""
        if income.amount:
            self._income.setdefault(account, deque(maxlen=MAX_INCOME)).append(income)

    # balances and positions

    def balance(self, call: Call) -> object:
        account = self._exchange.account(call.account)
        unrealized = account.margin_balance - account.wallet_balance
        return [
            {
                "accountAlias": "SgsR",
                "asset": ASSET,
                "balance": amount(account.wallet_balance),
                "crossWalletBalance": amount(account.wallet_balance),
                "crossUnPnl": amount(unrealized),
                "availableBalance": amount(account.available_balance),
                "maxWithdrawAmount": amount(_withdrawable(account)),
                "marginAvailable": True,
                "updateTime": account.update_ms or self._opened_ms,
            }
        ]

    def account_v2(self, call: Call) -> object:
        """Every symbol has a position here, open or not."""
        account = self._exchange.account(call.account)
        positions = {each.symbol: each for each in account.positions}
        totals = self._totals(call.account, account)
        return {
            "feeTier": 0,
            "feeBurn": False,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
            **totals,
            "assets": [self._asset(account, totals, with_trading=True)],
            "positions": [
                self._account_position(call.account, listing, positions.get(listing.symbol), with_settings=True)
                for listing in self._listings
            ],
        }

    def account_v3(self, call: Call) -> object:
        """Only symbols with a position or an order."""
        account = self._exchange.account(call.account)
        totals = self._totals(call.account, account)
        return {
            **totals,
            "assets": [self._asset(account, totals, with_trading=False)],
            "positions": [
                self._account_position(call.account, self._listings.find(each.symbol), each, with_settings=False)
                for each in account.positions
            ],
        }

    def position_risk_v2(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        chosen = [self._listings.find(symbol)] if symbol else list(self._listings)
        positions = {each.symbol: each for each in self._exchange.positions(call.account)}
        return [self._risk_v2(call.account, each, positions.get(each.symbol)) for each in chosen]

    def position_risk_v3(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        if symbol:
            self._listings.find(symbol)
        return [
            self._risk_v3(call.account, self._listings.find(each.symbol), each)
            for each in self._exchange.positions(call.account)
            if symbol in {"", each.symbol}
        ]

    def _totals(self, name: str, account: Account) -> dict[str, str]:
        positions = sum((self._initial(name, each) for each in account.positions), ZERO)
        orders = self._exchange.order_margin(name)
        unrealized = amount(account.margin_balance - account.wallet_balance)
        return {
            "totalInitialMargin": amount(positions + orders),
            "totalMaintMargin": amount(account.maintenance_margin),
            "totalWalletBalance": amount(account.wallet_balance),
            "totalUnrealizedProfit": unrealized,
            "totalMarginBalance": amount(account.margin_balance),
            "totalPositionInitialMargin": amount(positions),
            "totalOpenOrderInitialMargin": amount(orders),
            "totalCrossWalletBalance": amount(account.wallet_balance),
            "totalCrossUnPnl": unrealized,
            "availableBalance": amount(account.available_balance),
            "maxWithdrawAmount": amount(_withdrawable(account)),
        }

    def _asset(self, account: Account, totals: dict[str, str], *, with_trading: bool) -> dict[str, object]:
        row: dict[str, object] = {
            "asset": ASSET,
            "walletBalance": totals["totalWalletBalance"],
            "unrealizedProfit": totals["totalUnrealizedProfit"],
            "marginBalance": totals["totalMarginBalance"],
            "maintMargin": totals["totalMaintMargin"],
            "initialMargin": totals["totalInitialMargin"],
            "positionInitialMargin": totals["totalPositionInitialMargin"],
            "openOrderInitialMargin": totals["totalOpenOrderInitialMargin"],
            "crossWalletBalance": totals["totalCrossWalletBalance"],
            "crossUnPnl": totals["totalCrossUnPnl"],
            "availableBalance": totals["availableBalance"],
            "maxWithdrawAmount": totals["maxWithdrawAmount"],
            "updateTime": account.update_ms or self._opened_ms,
        }
        return row | {"marginAvailable": True} if with_trading else row

    def _account_position(
        self, name: str, listing: Listing, position: Position | None, *, with_settings: bool
    ) -> dict[str, object]:
        held = position or Position(listing.symbol, ZERO)
        notional = held.size * held.mark_price
        initial = amount(self._initial(name, held))
        row: dict[str, object] = {
            "symbol": listing.symbol,
            "positionSide": "BOTH",
            "positionAmt": listing.quantity(held.size),
            "unrealizedProfit": amount(held.unrealized_pnl),
            "isolatedMargin": "0",
            "notional": amount(notional),
            "isolatedWallet": "0",
            "initialMargin": initial,
            "maintMargin": amount(abs(notional) * self._fees.maintenance),
            "updateTime": held.update_ms,
        }
        if not with_settings:
            return row
        return row | {
            "positionInitialMargin": initial,
            "openOrderInitialMargin": "0",
            "leverage": str(self._exchange.leverage(name, listing.symbol)),
            "isolated": False,
            "entryPrice": entry_price(held, listing),
            "breakEvenPrice": entry_price(held, listing),
            "maxNotional": str(MAX_NOTIONAL),
            "bidNotional": "0",
            "askNotional": "0",
        }

    def _risk_v2(self, name: str, listing: Listing, position: Position | None) -> dict[str, object]:
        held = position or Position(listing.symbol, ZERO)
        mark = held.mark_price if position else self._exchange.mark(listing.symbol).mark_price
        return {
            "symbol": listing.symbol,
            "positionAmt": listing.quantity(held.size),
            "entryPrice": entry_price(held, listing),
            "breakEvenPrice": entry_price(held, listing),
            "markPrice": amount(mark),
            "unRealizedProfit": amount(held.unrealized_pnl),
            "liquidationPrice": amount(held.liquidation_price) if held.liquidation_price else "0",
            "leverage": str(self._exchange.leverage(name, listing.symbol)),
            "maxNotionalValue": str(MAX_NOTIONAL),
            "marginType": "cross",
            "isolatedMargin": "0.00000000",
            "isAutoAddMargin": "false",
            "positionSide": "BOTH",
            "notional": amount(held.size * mark),
            "isolatedWallet": "0",
            "updateTime": held.update_ms,
            "isolated": False,
            "adlQuantile": 0,
        }

    def _risk_v3(self, name: str, listing: Listing, held: Position) -> dict[str, object]:
        notional = held.size * held.mark_price
        initial = amount(self._initial(name, held))
        return {
            "symbol": listing.symbol,
            "positionSide": "BOTH",
            "positionAmt": listing.quantity(held.size),
            "entryPrice": entry_price(held, listing),
            "breakEvenPrice": entry_price(held, listing),
            "markPrice": amount(held.mark_price),
            "unRealizedProfit": amount(held.unrealized_pnl),
            "liquidationPrice": amount(held.liquidation_price) if held.liquidation_price else "0",
            "isolatedMargin": "0",
            "notional": amount(notional),
            "marginAsset": ASSET,
            "isolatedWallet": "0",
            "initialMargin": initial,
            "maintMargin": amount(abs(notional) * self._fees.maintenance),
            "positionInitialMargin": initial,
            "openOrderInitialMargin": "0",
            "adl": 0,
            "bidNotional": "0",
            "askNotional": "0",
            "updateTime": held.update_ms,
        }

    def _initial(self, name: str, position: Position) -> Decimal:
        return abs(position.size * position.mark_price) / self._exchange.leverage(name, position.symbol)

    # settings

    def set_leverage(self, call: Call) -> object:
        listing = self._listings.find(call.params.text("symbol"))
        leverage = call.params.integer("leverage")
        if leverage is None:
            raise missing("leverage")
        if not 1 <= leverage <= MAX_LEVERAGE:
            raise Refused(-4028, f"Leverage {leverage} is not valid")
        try:
            self._exchange.set_leverage(call.account, listing.symbol, leverage, call.now_ms)
        except ExchangeError as error:
            raise refusal(error) from error
        return {"leverage": leverage, "maxNotionalValue": str(MAX_NOTIONAL), "symbol": listing.symbol}

    def set_margin_type(self, call: Call) -> object:
        self._listings.find(call.params.text("symbol"))
        kind = call.params.text("marginType")
        if kind == "CROSSED":
            raise Refused(-4046, "No need to change margin type.")
        raise not_offered() if kind == "ISOLATED" else invalid("marginType")

    def position_mode(self, call: Call) -> object:
        return {"dualSidePosition": False}

    def set_position_mode(self, call: Call) -> object:
        call.params.text("dualSidePosition")
        raise (
            not_offered()
            if call.params.flag("dualSidePosition")
            else Refused(-4059, "No need to change position side.")
        )

    def asset_mode(self, call: Call) -> object:
        return {"multiAssetsMargin": False}

    def set_asset_mode(self, call: Call) -> object:
        call.params.text("multiAssetsMargin")
        raise (
            not_offered() if call.params.flag("multiAssetsMargin") else Refused(-4171, "No need to change margin mode.")
        )

    def account_config(self, call: Call) -> object:
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "dualSidePosition": False,
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
        }

    def symbol_config(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        chosen = [self._listings.find(symbol)] if symbol else list(self._listings)
        return [
            {
                "symbol": each.symbol,
                "marginType": "CROSSED",
                "isAutoAddMargin": False,
                "leverage": self._exchange.leverage(call.account, each.symbol),
                "maxNotionalValue": str(MAX_NOTIONAL),
            }
            for each in chosen
        ]

    def leverage_brackets(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        chosen = [self._listings.find(symbol)] if symbol else list(self._listings)
        bracket = {
            "bracket": 1,
            "initialLeverage": MAX_LEVERAGE,
            "notionalCap": MAX_NOTIONAL,
            "notionalFloor": 0,
            "maintMarginRatio": float(self._fees.maintenance),
            "cum": 0.0,
        }
        return [{"symbol": each.symbol, "notionalCoef": 1.0, "brackets": [bracket]} for each in chosen]

    def commission_rate(self, call: Call) -> object:
        listing = self._listings.find(call.params.text("symbol"))
        return {
            "symbol": listing.symbol,
            "makerCommissionRate": f"{self._fees.maker:.6f}",
            "takerCommissionRate": f"{self._fees.taker:.6f}",
        }

    def order_limits(self, call: Call) -> object:
        return [each for each in self._limiter.announced() if each["rateLimitType"] == "ORDERS"]

    def nothing(self, call: Call) -> object:
        """What the account has on Binance's other markets."""
        return []

    def income(self, call: Call) -> object:
        params = call.params
        symbol, kind = params.optional("symbol"), params.optional("incomeType")
        start, end = params.times(0)
        limit = params.limit(100, 1000)
        rows = list(self._income.get(call.account, ()))
        for listing in self._listings:
            paid = self._exchange.funding_paid(call.account, listing.symbol)
            rows += [Income(listing.symbol, "FUNDING_FEE", value, time_ms, "") for time_ms, value in paid]
        rows.sort(key=lambda each: each.time_ms)
        found = [
            (number, each)
            for number, each in enumerate(rows)
            if symbol in {"", each.symbol}
            and kind in {"", each.kind}
            and start <= each.time_ms <= (end or each.time_ms)
        ]
        return [
            {
                "symbol": each.symbol,
                "incomeType": each.kind,
                "income": amount(each.amount),
                "asset": ASSET,
                "time": each.time_ms,
                "info": each.trade_id or each.kind,
                "tranId": each.time_ms * 1000 + number % 1000,
                "tradeId": each.trade_id,
            }
            for number, each in (found[:limit] if start else found[-limit:])
        ]


def entry_price(position: Position, listing: Listing) -> str:
    """With three more decimals than a price has; "0.0" where there is no position."""
    return f"{position.entry_price:.{listing.price_digits + 3}f}" if position.entry_price else "0.0"


def _withdrawable(account: Account) -> Decimal:
    return max(ZERO, min(account.wallet_balance, account.available_balance))
