"""The account as Bybit shows it: wallet, positions, settings.

Source: Bybit V5 API, "Account", "Position" and "Get API Key Information" (docs/v5/...), read in November 2026. It is a
unified account (UTA 2.0) in one-way mode with cross margin; changing that is refused. A dollar is taken for a USDT.
"""

import hashlib
from decimal import Decimal

from sansio_exchange.account import Account, Position
from sansio_exchange.errors import ExchangeError, InsufficientFunds
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.errors import Refused, missing, refusal, wrong
from sansio_exchange.simulation.bybit.ledger import Ledger
from sansio_exchange.simulation.bybit.listing import SETTLE, Listings
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.notation import trimmed

UTA_2 = 5
RISK_LIMIT = "2000000"
_PLACES = Decimal("0.00000001")
_RATE = Decimal("0.0001")


def amount(value: Decimal) -> str:
    """An amount of money: eight decimals at most."""
    return trimmed(value.quantize(_PLACES))


class Accounts:
    """Account calls of all keys."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, ledger: Ledger, fees: Fees) -> None:
        self._exchange = exchange
        self._listings = listings
        self._ledger = ledger
        self._fees = fees
        self._opened_ms = exchange.now_ms

    # wallet

    def wallet(self, call: Call) -> Answer:
        if call.params.text("accountType") != "UNIFIED":
            raise wrong("accountType only support UNIFIED.")
        row = self.wallet_row(call.account)
        wanted = call.params.optional("coin")
        if wanted and SETTLE not in wanted.split(","):
            row["coin"] = []
        return Answer({"list": [row]})

    def wallet_row(self, name: str) -> dict[str, object]:
        account = self._exchange.account(name)
        equity, maintained = account.margin_balance, account.maintenance_margin
        held = sum((self._initial(name, each) for each in account.positions), ZERO)
        ordered = self._exchange.order_margin(name)
        return {
            "accountIMRate": _rate(held + ordered, equity),
            "accountIMRateByMp": _rate(held + ordered, equity),
            "accountMMRate": _rate(maintained, equity),
            "accountMMRateByMp": _rate(maintained, equity),
            "totalEquity": amount(equity),
            "totalWalletBalance": amount(account.wallet_balance),
            "totalMarginBalance": amount(equity),
            "totalAvailableBalance": amount(account.available_balance),
            "totalPerpUPL": amount(equity - account.wallet_balance),
            "totalInitialMargin": amount(held + ordered),
            "totalInitialMarginByMp": amount(held + ordered),
            "totalMaintenanceMargin": amount(maintained),
            "totalMaintenanceMarginByMp": amount(maintained),
            "coin": [self._coin(name, account, held, ordered)],
            "accountLTV": "0",
            "accountType": "UNIFIED",
        }

    def _coin(self, name: str, account: Account, held: Decimal, ordered: Decimal) -> dict[str, object]:
        """What is deprecated for unified accounts is ""."""
        equity = amount(account.margin_balance)
        return {
            "coin": SETTLE,
            "equity": equity,
            "usdValue": equity,
            "walletBalance": amount(account.wallet_balance),
            "availableToWithdraw": "",
            "availableToBorrow": "",
            "borrowAmount": "0",
            "accruedInterest": "0",
            "totalOrderIM": amount(ordered),
            "totalPositionIM": amount(held),
            "totalPositionMM": amount(account.maintenance_margin),
            "unrealisedPnl": amount(account.margin_balance - account.wallet_balance),
            "cumRealisedPnl": amount(self._ledger.ever(name)),
            "bonus": "0",
            "collateralSwitch": True,
            "marginCollateral": True,
            "locked": "0",
            "spotHedgingQty": "0",
        }

    # positions

    def positions(self, call: Call) -> Answer:
        """That of a symbol, open or not, or the open ones of a settlement coin. All fit on one page."""
        params = call.params
        params.limit(20, 200)
        symbol, settle = params.optional("symbol"), params.optional("settleCoin")
        rows: list[dict[str, object]] = []
        if params.is_linear():
            if not symbol and not settle:
                raise missing("symbol or settleCoin")
            if symbol:
                listing = self._listings.find(symbol)
                rows = [self.position_row(call.account, self._exchange.position(call.account, listing.symbol))]
            elif settle == SETTLE:
                rows = [self.position_row(call.account, each) for each in self._exchange.positions(call.account)]
        if params.optional("cursor"):
            rows = []
        return Answer({"list": rows, "nextPageCursor": "", "category": params.text("category")})

    def position_row(self, name: str, held: Position) -> dict[str, object]:
        """A position; its size is 0 and its side "" where there is none."""
        listing, size = self._listings.of(held.symbol), abs(held.size)
        earned = self._ledger.of(name, held.symbol)
        newest = self._exchange.fills(name, held.symbol)[-1:]
        initial, maintained = self._initial(name, held), size * held.mark_price * self._fees.maintenance
        liquidation = held.liquidation_price
        return {
            "positionIdx": 0,
            "riskId": 1,
            "riskLimitValue": RISK_LIMIT,
            "symbol": held.symbol,
            "side": "" if not size else "Buy" if held.size > 0 else "Sell",
            "size": listing.quantity(size) if size else "0",
            "avgPrice": trimmed(held.entry_price),
            "positionValue": amount(size * held.entry_price),
            "tradeMode": 0,
            "positionStatus": "Normal",
            "autoAddMargin": 0,
            "adlRankIndicator": 2 if size else 0,
            "leverage": str(held.leverage),
            "breakEvenPrice": "",
            "positionBalance": "0",
            "markPrice": listing.price(held.mark_price),
            "liqPrice": listing.price(liquidation) if liquidation and liquidation < listing.rules.max_price else "",
            "bustPrice": "",
            "positionMM": amount(maintained),
            "positionMMByMp": amount(maintained),
            "positionIM": amount(initial),
            "positionIMByMp": amount(initial),
            "tpslMode": "Full",
            "takeProfit": "",
            "stopLoss": "",
            "trailingStop": "0",
            "unrealisedPnl": amount(held.unrealized_pnl),
            "curRealisedPnl": amount(earned.current),
            "cumRealisedPnl": amount(earned.ever),
            "seq": int(newest[0].trade_id) if newest else -1,
            "isReduceOnly": False,
            "mmrSysUpdatedTime": "",
            "leverageSysUpdatedTime": "",
            "sessionAvgPrice": "",
            "createdTime": str(earned.opened_ms or self._opened_ms),
            "updatedTime": str(held.update_ms or self._opened_ms),
        }

    def _initial(self, name: str, position: Position) -> Decimal:
        return abs(position.size * position.mark_price) / self._exchange.leverage(name, position.symbol)

    # settings

    def info(self, call: Call) -> Answer:
        return Answer(
            {
                "unifiedMarginStatus": UTA_2,
                "marginMode": "REGULAR_MARGIN",
                "isMasterTrader": False,
                "spotHedgingStatus": "OFF",
                "updatedTime": str(self._opened_ms),
                "dcpStatus": "OFF",
                "timeWindow": 0,
                "smpGroup": 0,
            }
        )

    def api_key(self, call: Call) -> Answer:
        """The key may trade contracts and nothing else."""
        nothing = "Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Affiliate Earn"
        return Answer(
            {
                "id": "1",
                "note": "local venue",
                "apiKey": call.account,
                "readOnly": 0,
                "secret": "",
                "permissions": {"ContractTrade": ["Order", "Position"], **{name: [] for name in nothing.split()}},
                "ips": ["*"],
                "type": 1,
                "deadlineDay": 90,
                "expiredAt": "2099-01-01T00:00:00Z",
                "createdAt": "2026-01-01T00:00:00Z",
                "unified": 0,
                "uta": 1,
                "userID": _user_id(call.account),
                "inviterID": 0,
                "vipLevel": "No VIP",
                "mktMakerLevel": "0",
                "affiliateID": 0,
                "rsaPublicKey": "",
                "isMaster": True,
                "parentUid": "0",
                "kycLevel": "LEVEL_DEFAULT",
                "kycRegion": "",
            }
        )

    def fee_rate(self, call: Call) -> Answer:
        params = call.params
        symbol = params.optional("symbol")
        listings = [self._listings.find(symbol)] if symbol else list(self._listings)
        rows = [
            {
                "symbol": each.symbol,
                "takerFeeRate": trimmed(self._fees.taker),
                "makerFeeRate": trimmed(self._fees.maker),
                "baseCoin": "",
            }
            for each in (listings if params.is_linear() else [])
        ]
        return Answer({"list": rows})

    def coins(self, call: Call) -> Answer:
        """The coins there are. None can be deposited or withdrawn here."""
        wanted = call.params.optional("coin")
        names = [SETTLE, *(each.base for each in self._listings)]
        rows = [{"name": name, "coin": name, "remainAmount": "0", "chains": []} for name in names]
        return Answer({"rows": [row for row in rows if wanted in {"", row["coin"]}]})

    def set_leverage(self, call: Call) -> Answer:
        """In one-way mode both leverages must be the same."""
        params = call.params
        params.require_linear()
        listing = self._listings.find(params.text("symbol"))
        leverage = params.positive("buyLeverage")
        if leverage != params.positive("sellLeverage"):
            raise wrong("buy leverage not equal sell leverage")
        if leverage > listing.max_leverage:
            raise Refused(110013, "Cannot set leverage due to risk limit level.")
        if leverage != int(leverage) or leverage < 1:
            raise wrong("leverage invalid")
        if leverage == self._exchange.leverage(call.account, listing.symbol):
            raise Refused(110043, "Set leverage has not been modified.")
        try:
            self._exchange.set_leverage(call.account, listing.symbol, int(leverage), call.now_ms)
        except InsufficientFunds:
            raise Refused(110044, "Available margin is insufficient.") from None
        except ExchangeError as error:
            raise refusal(error) from error
        return Answer({})

    def switch_mode(self, call: Call) -> Answer:
        """0 is one-way mode, which is not modified; 3 is hedge mode, which is not here."""
        params = call.params
        params.require_linear()
        if not params.optional("symbol") and not params.optional("coin"):
            raise missing("symbol or coin")
        mode = params.text("mode")
        if mode == "0":
            raise Refused(110025, "Position mode has not been modified.")
        if mode == "3":
            raise Refused(110029, "Hedge mode is not supported for this symbol.")
        raise wrong("mode invalid")


def _rate(part: Decimal, whole: Decimal) -> str:
    return trimmed((part / whole).quantize(_RATE)) if whole > 0 else "0"


def _user_id(account: str) -> int:
    """A number that stays the account's."""
    return int.from_bytes(hashlib.sha256(account.encode()).digest()[:3], "big")
