"""The account as Bitget shows it: balance, positions, settings, bills.

Source: Bitget API, "Account" and "Position" of futures (bitget.com/api-doc/contract), of November 2025. The account
holds USDT (assetMode single) in one-way mode with cross margin; changing that is refused. `available` is the wallet's
balance with nothing deducted, crossedMaxAvailable what new orders may use: so the examples of the account channel have
it, where both differ by what is frozen.
"""

from decimal import Decimal

from sansio_exchange.account import Account, Position
from sansio_exchange.errors import ExchangeError, InsufficientFunds
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.bitget.call import Call
from sansio_exchange.simulation.bitget.errors import Refused, missing, not_offered, refusal, wrong
from sansio_exchange.simulation.bitget.listing import Listing, Listings
from sansio_exchange.simulation.bitget.market_data import MarketData
from sansio_exchange.simulation.bitget.order_rows import ONE_WAY
from sansio_exchange.simulation.bitget.parameters import MARGIN_COIN
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.notation import trimmed

FIRST_POSITION_ID = 2 * 10**18
NINETY_DAYS_MS = 90 * 86_400_000
FUNDING = "contract_settle_fee"
"""The business type of funding fees, paid and received."""
_PLACES = Decimal("0.00000001")

Row = dict[str, object]


def amount(value: Decimal) -> str:
    """An amount of money: eight decimals at most."""
    return trimmed(value.quantize(_PLACES))


class Accounts:
    """Account calls of all keys."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, market: MarketData, fees: Fees) -> None:
        self._exchange = exchange
        self._listings = listings
        self._market = market
        self._fees = fees

    # balance and positions

    def account(self, call: Call) -> Row:
        """One symbol's settings stand beside the balance."""
        listing = self._listing(call)
        call.params.text("marginCoin")
        leverage = str(self._exchange.leverage(call.account, listing.symbol))
        row = self._balance(call.account)
        return row | {
            "crossedMarginLeverage": leverage,
            "isolatedLongLever": leverage,
            "isolatedShortLever": leverage,
            "marginMode": "crossed",
            "posMode": ONE_WAY,
        }

    def key(self, call: Call) -> Row:
        """What the key may do: coow and cpow are reading and writing of futures orders and positions ("Get Account
        Information", bitget.com/api-doc/spot/account)."""
        return {"userId": call.account, "ips": "", "authorities": ["coow", "cpow"], "traderType": "not_trader"}

    def accounts(self, call: Call) -> list[Row]:
        if not call.params.is_listed_product():
            return []
        return [self._balance(call.account) | self._margins(call.account)]

    def positions(self, call: Call) -> list[Row]:
        call.params.check_margin_coin()
        if not call.params.is_listed_product():
            return []
        return [self._rest_position(call.account, each) for each in self._exchange.positions(call.account)]

    def position(self, call: Call) -> list[Row]:
        listing = self._listing(call)
        call.params.text("marginCoin")
        held = self._exchange.position(call.account, listing.symbol)
        return [self._rest_position(call.account, held) | {"autoMargin": "off"}] if held.size else []

    def balance_row(self, name: str) -> Row:
        """As the account channel shows it."""
        account = self._exchange.account(name)
        free = amount(account.available_balance)
        return {
            "marginCoin": MARGIN_COIN,
            "frozen": amount(self._exchange.order_margin(name)),
            "available": amount(account.wallet_balance),
            "maxOpenPosAvailable": free,
            "maxTransferOut": free,
            "equity": amount(account.margin_balance),
            "usdtEquity": amount(account.margin_balance),
            "crossedRiskRate": _risk(account),
            "unrealizedPL": amount(account.margin_balance - account.wallet_balance),
            "unionTotalMargin": "0",
            "unionAvailable": "0",
            "unionMm": "0",
            "assetsMode": "single",
        }

    def _balance(self, name: str) -> Row:
        account = self._exchange.account(name)
        free, equity = amount(account.available_balance), account.margin_balance
        unrealized = amount(equity - account.wallet_balance) if account.positions else ""
        bitcoin = self._listings.get("BTCUSDT")
        price = self._exchange.mark(bitcoin.symbol).index_price if bitcoin else None
        return {
            "marginCoin": MARGIN_COIN,
            "locked": amount(self._exchange.order_margin(name)),
            "available": amount(account.wallet_balance),
            "crossedMaxAvailable": free,
            "isolatedMaxAvailable": free,
            "maxTransferOut": free,
            "accountEquity": amount(equity),
            "usdtEquity": amount(equity),
            "btcEquity": amount(equity / price) if price else "0",
            "crossedRiskRate": _risk(account),
            "unrealizedPL": unrealized,
            "coupon": "0",
            "crossedUnrealizedPL": unrealized or "0",
            "isolatedUnrealizedPL": "0",
            "assetMode": "single",
        }

    def _margins(self, name: str) -> Row:
        held = sum((self._margin(each) for each in self._exchange.positions(name)), ZERO)
        return {
            "unionTotalMagin": "0",  # spelled so
            "unionAvailable": "0",
            "unionMm": "0",
            "assetList": [],
            "isolatedMargin": "0",
            "crossedMargin": amount(held + self._exchange.order_margin(name)),
        }

    def position_row(self, name: str, held: Position) -> Row:
        """An open position as the positions channel shows it: its size has no sign, and its leverage is a number."""
        notional = abs(held.size) * held.mark_price
        equity = self._exchange.account(name).margin_balance
        margin = self._margin(held)
        return {
            "posId": str(FIRST_POSITION_ID + self._listings.of(held.symbol).place),
            "instId": held.symbol,
            "marginCoin": MARGIN_COIN,
            "marginSize": amount(margin),
            "marginMode": "crossed",
            "holdSide": _side(held),
            "posMode": ONE_WAY,
            "total": trimmed(abs(held.size)),
            "available": trimmed(abs(held.size) - self._closing(name, held)),
            "frozen": trimmed(self._closing(name, held)),
            "openPriceAvg": trimmed(held.entry_price),
            "leverage": held.leverage,
            "achievedProfits": "",
            "unrealizedPL": amount(held.unrealized_pnl),
            "unrealizedPLR": amount(held.unrealized_pnl / margin) if margin else "0",
            "liquidationPrice": trimmed(held.liquidation_price),
            "keepMarginRate": trimmed(self._fees.maintenance),
            "marginRate": amount(notional * self._fees.maintenance / equity) if equity > 0 else "1",
            "breakEvenPrice": trimmed(held.entry_price),
            "totalFee": "",
            "deductedFee": "",
            "markPrice": trimmed(held.mark_price),
            "assetMode": "single",
            "autoMargin": "off",
            "cTime": str(held.update_ms),
            "uTime": str(held.update_ms),
        }

    def _rest_position(self, name: str, held: Position) -> Row:
        """REST calls some things otherwise."""
        row = self.position_row(name, held)
        for theirs in ("posId", "unrealizedPLR", "autoMargin"):
            del row[theirs]
        for theirs, ours in (("instId", "symbol"), ("frozen", "locked"), ("marginRate", "marginRatio")):
            row[ours] = row.pop(theirs)
        opening = sum(
            (
                each.quantity - each.executed_qty
                for each in self._exchange.open_orders(name, held.symbol)
                if not each.reduce_only
            ),
            ZERO,
        )
        return row | {
            "leverage": str(held.leverage),
            "openDelegateSize": trimmed(opening),
            "takeProfit": "",
            "stopLoss": "",
            "takeProfitId": "",
            "stopLossId": "",
        }

    def _closing(self, name: str, held: Position) -> Decimal:
        """How much of a position reduce-only orders would close."""
        orders = self._exchange.open_orders(name, held.symbol)
        total = sum((each.quantity - each.executed_qty for each in orders if each.reduce_only), ZERO)
        return min(total, abs(held.size))

    def _margin(self, held: Position) -> Decimal:
        return abs(held.size) * held.mark_price / held.leverage

    # settings

    def set_leverage(self, call: Call) -> Row:
        """longLeverage takes priority over leverage where both are sent."""
        params = call.params
        listing = self._listing(call)
        params.text("marginCoin")
        params.check_margin_coin()
        given = [name for name in ("longLeverage", "leverage", "shortLeverage") if params.optional(name)]
        if not given:
            raise missing("leverage")
        leverage = params.positive(given[0])
        if leverage > listing.max_leverage:
            raise Refused(
                40053,
                f"Value range verification failed: leverage should be between 1,{listing.max_leverage}",
                status=400,
            )
        if leverage != int(leverage):
            raise wrong(given[0])
        try:
            self._exchange.set_leverage(call.account, listing.symbol, int(leverage), call.now_ms)
        except InsufficientFunds:
            raise Refused(
                40893, "Unable to update the leverage factor of this position, there is not enough margin!"
            ) from None
        except ExchangeError as error:
            raise refusal(error) from error
        text = str(int(leverage))
        return {
            "symbol": listing.symbol,
            "marginCoin": MARGIN_COIN,
            "longLeverage": text,
            "shortLeverage": text,
            "crossMarginLeverage": text,
            "marginMode": "crossed",
        }

    def set_position_mode(self, call: Call) -> Row:
        call.params.is_listed_product()
        mode = call.params.text("posMode")
        if mode == "hedge_mode":
            raise not_offered()
        if mode != ONE_WAY:
            raise wrong("posMode")
        return {"posMode": mode}

    def set_margin_mode(self, call: Call) -> Row:
        listing = self._listing(call)
        mode = call.params.text("marginMode")
        if mode == "isolated":
            raise not_offered()
        if mode != "crossed":
            raise wrong("marginMode")
        leverage = str(self._exchange.leverage(call.account, listing.symbol))
        return {
            "symbol": listing.symbol,
            "marginCoin": MARGIN_COIN,
            "longLeverage": leverage,
            "shortLeverage": leverage,
            "marginMode": mode,
        }

    def unified_settings(self, call: Call) -> Row:
        """The unified account's own API, of which this account is none ("Error Code" of the unified account)."""
        raise Refused(25245, "The account is not the unified account mode")

    def trade_rate(self, call: Call) -> Row:
        self._listings.find(call.params.text("symbol"))
        return {"makerFeeRate": trimmed(self._fees.maker), "takerFeeRate": trimmed(self._fees.taker)}

    # money

    def bills(self, call: Call) -> Row:
        """Of all kinds of bills only funding fees."""
        params = call.params
        begin, end = params.span()
        older = params.integer("idLessThan")
        rows: list[tuple[int, Row]] = []
        if params.optional("businessType", FUNDING) == FUNDING:
            for listing in self._market.chosen(params):
                for time_ms, paid in self._exchange.funding_paid(call.account, listing.symbol):
                    bill = time_ms * 1_000_000 + listing.place
                    is_wanted = max(begin, call.now_ms - NINETY_DAYS_MS) <= time_ms <= (end or time_ms)
                    if is_wanted and (older is None or bill < older):
                        rows.append((bill, _bill(bill, listing, time_ms, paid)))
        rows.sort(key=lambda each: each[0], reverse=True)
        chosen = [row for _, row in rows[: params.limit(20, 100)]]
        return {"bills": chosen, "endId": chosen[-1]["billId"] if chosen else None}

    def _listing(self, call: Call) -> Listing:
        if not call.params.is_listed_product():
            raise not_offered()
        return self._listings.find(call.params.text("symbol"))


def _bill(bill: int, listing: Listing, time_ms: int, paid: Decimal) -> Row:
    return {
        "billId": str(bill),
        "symbol": listing.symbol,
        "amount": amount(paid),
        "fee": "0",
        "feeByCoupon": "",
        "businessType": FUNDING,
        "coin": MARGIN_COIN,
        "balance": "",
        "cTime": str(time_ms),
    }


def _side(held: Position) -> str:
    return "long" if held.size > 0 else "short"


def _risk(account: Account) -> str:
    """Maintenance margin as a part of equity; at 1 the account is liquidated."""
    if not account.maintenance_margin:
        return "0"
    return amount(account.maintenance_margin / account.margin_balance) if account.margin_balance > 0 else "1"
