"""The account as OKX shows it: balance, positions, settings, bills.

Source: OKX API guide, "Trading Account" / "REST API", read in November 2026. The account is in futures mode (acctLv 2),
net mode, cross margin; changing that is refused. In this mode requirements stand with the currency and are "" in total.
"""

import hashlib
from decimal import Decimal

from sansio_exchange.account import Account, Position
from sansio_exchange.errors import ExchangeError, InsufficientFunds
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.okx.call import Answer, Call
from sansio_exchange.simulation.okx.errors import Refused, not_offered, refusal, wrong
from sansio_exchange.simulation.okx.listing import INST_TYPE, SETTLE, Listing, Listings
from sansio_exchange.simulation.okx.market_data import MarketData

FIRST_POSITION_ID = 2_000_000_000_000_000_000
_PLACES = Decimal("0.00000001")
_EMPTY_DETAIL = (
    "accAvgPx clSpotInUseAmt crossLiab interest isoLiab liab maxLoan maxSpotInUse notionalLever openAvgPx rewardBal "
    "smtSyncEq spotBal spotCopyTradingEq spotInUseAmt spotIsoBal spotUpl spotUplRatio totalPnl totalPnlRatio uplLiab"
)
_EMPTY_POSITION = (
    "baseBal baseBorrowed baseInterest bizRefId bizRefType clSpotInUseAmt deltaBS deltaPA gammaBS gammaPA hedgedPos "
    "interest liab liabCcy liqPenalty margin maxSpotInUseAmt optVal pendingCloseOrdLiabVal posCcy quoteBal "
    "quoteBorrowed quoteInterest spotInUseAmt spotInUseCcy thetaBS thetaPA vegaBS vegaPA pnl realizedPnl fee fundingFee"
)


def amount(value: Decimal) -> str:
    """An amount of money: eight decimals at most."""
    return trimmed(value.quantize(_PLACES))


def user_id(account: str) -> str:
    """A number that stays the account's."""
    digest = hashlib.sha256(account.encode()).digest()
    return str(10**17 + int.from_bytes(digest[:6], "big"))


class Accounts:
    """Account calls of all keys."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, market: MarketData, fees: Fees) -> None:
        self._exchange = exchange
        self._listings = listings
        self._market = market
        self._fees = fees
        self._opened_ms = exchange.now_ms
        """A balance was last changed then if never since."""

    # balance and positions

    def balance(self, call: Call) -> Answer:
        row = self.balance_row(call.account, call.now_ms)
        wanted = call.params.optional("ccy")
        if wanted and SETTLE not in wanted.split(","):
            row["details"] = []
        return Answer([row])

    def positions(self, call: Call) -> Answer:
        chosen = {each.symbol for each in self._market.chosen(call.params, is_type_required=False)}
        wanted = call.params.optional("posId")
        rows = [
            self.position_row(call.account, each)
            for each in self._exchange.positions(call.account)
            if each.symbol in chosen
        ]
        return Answer([each for each in rows if wanted in {"", each["posId"]}])

    def balance_row(self, name: str, now_ms: int) -> dict[str, object]:
        account = self._exchange.account(name)
        changed_ms = str(account.update_ms or self._opened_ms)
        equity = amount(account.margin_balance)
        return {
            "adjEq": "",
            "availEq": "",
            "borrowFroz": "",
            "delta": "",
            "deltaLever": "",
            "deltaNeutralStatus": "",
            "details": [self._detail(name, account, changed_ms)],
            "imr": "",
            "isoEq": "0",
            "mgnRatio": "",
            "mmr": "",
            "notionalUsd": "",
            "notionalUsdForBorrow": "",
            "notionalUsdForFutures": "",
            "notionalUsdForOption": "",
            "notionalUsdForSwap": "",
            "ordFroz": "",
            "totalEq": equity,
            "uTime": str(now_ms),
            "upl": "",
        }

    def _detail(self, name: str, account: Account, changed_ms: str) -> dict[str, object]:
        equity = amount(account.margin_balance)
        ordered = self._exchange.order_margin(name)
        held = sum((self._initial(name, each) for each in account.positions), ZERO)
        return {
            **dict.fromkeys(_EMPTY_DETAIL.split(), ""),
            "availBal": amount(account.available_balance),
            "availEq": amount(account.available_balance),
            "autoLendAmt": "0",
            "autoLendMtAmt": "0",
            "autoLendStatus": "off",
            "borrowFroz": "",
            "cashBal": amount(account.wallet_balance),
            "ccy": SETTLE,
            "colRes": "0",
            "collateralEnabled": False,
            "collateralRestrict": False,
            "disEq": equity,
            "eq": equity,
            "eqUsd": equity,
            "fixedBal": "0",
            "frozenBal": amount(max(ZERO, account.margin_balance - account.available_balance)),
            "imr": amount(held + ordered),
            "isoEq": "0",
            "isoUpl": "0",
            "mgnRatio": self._ratio(account),
            "mmr": amount(account.maintenance_margin),
            "ordFrozen": amount(ordered),
            "stgyEq": "0",
            "twap": "0",
            "uTime": changed_ms,
            "upl": amount(account.margin_balance - account.wallet_balance),
        }

    def position_row(self, name: str, held: Position) -> dict[str, object]:
        """A position; its size is 0 where it was closed."""
        listing = self._listings.of(held.symbol)
        mark = self._exchange.mark(held.symbol)
        notional = abs(held.size * held.mark_price)
        last = self._exchange.ticker(held.symbol).last_price
        ratio = held.unrealized_pnl / (abs(held.size) * held.entry_price) * held.leverage if held.size else ZERO
        newest = self._exchange.fills(name, held.symbol)[-1:]
        return {
            **dict.fromkeys(_EMPTY_POSITION.split(), ""),
            "adl": "1",
            "availPos": "",
            "avgPx": trimmed(held.entry_price) if held.size else "",
            "bePx": trimmed(held.entry_price) if held.size else "",
            "cTime": str(held.update_ms),
            "ccy": SETTLE,
            "closeOrderAlgo": [],
            "idxPx": trimmed(mark.index_price),
            "imr": amount(self._initial(name, held)),
            "instId": listing.inst_id,
            "instType": INST_TYPE,
            "last": trimmed(last),
            "lever": str(held.leverage),
            "liqPx": trimmed(held.liquidation_price) if held.liquidation_price else "",
            "markPx": trimmed(held.mark_price),
            "mgnMode": "cross",
            "mgnRatio": self._ratio(self._exchange.account(name)),
            "mmr": amount(notional * self._fees.maintenance),
            "nonSettleAvgPx": "",
            "notionalUsd": amount(notional),
            "pos": listing.contracts(held.size),
            "posId": position_id(listing),
            "posSide": "net",
            "settledPnl": "",
            "tradeId": newest[0].trade_id if newest else "",
            "uTime": str(held.update_ms),
            "upl": amount(held.unrealized_pnl),
            "uplLastPx": amount(held.size * (last - held.entry_price)),
            "uplRatio": amount(ratio),
            "uplRatioLastPx": "",
            "usdPx": "",
        }

    def _ratio(self, account: Account) -> str:
        needed = account.maintenance_margin
        return amount(account.margin_balance / needed) if needed else ""

    def _initial(self, name: str, position: Position) -> Decimal:
        return abs(position.size * position.mark_price) / self._exchange.leverage(name, position.symbol)

    # settings

    def config(self, call: Call) -> Answer:
        uid = user_id(call.account)
        return Answer(
            [
                {
                    "acctLv": "2",
                    "acctStpMode": "cancel_maker",
                    "autoLoan": False,
                    "ctIsoMode": "automatic",
                    "enableSpotBorrow": False,
                    "feeType": "0",
                    "greeksType": "PA",
                    "ip": "",
                    "kycLv": "3",
                    "label": "local venue",
                    "level": "Lv1",
                    "levelTmp": "",
                    "liquidationGear": "-1",
                    "mainUid": uid,
                    "mgnIsoMode": "automatic",
                    "opAuth": "0",
                    "perm": "read_only,trade",
                    "posMode": "net_mode",
                    "roleType": "0",
                    "settleCcy": SETTLE,
                    "settleCcyList": [SETTLE],
                    "spotBorrowAutoRepay": False,
                    "spotOffsetType": "",
                    "spotRoleType": "0",
                    "spotTraderInsts": [],
                    "traderInsts": [],
                    "type": "0",
                    "uid": uid,
                }
            ]
        )

    def set_position_mode(self, call: Call) -> Answer:
        (row,) = call.rows
        mode = row.text("posMode")
        if mode == "long_short_mode":
            raise not_offered()
        if mode != "net_mode":
            raise wrong("posMode")
        return Answer([{"posMode": mode}])

    def set_leverage(self, call: Call) -> Answer:
        (row,) = call.rows
        leverage = row.positive("lever")
        mode = row.text("mgnMode")
        if mode not in {"cross", "isolated"}:
            raise wrong("mgnMode")
        if mode == "isolated":
            raise not_offered()
        listing = self._listings.find(row.text("instId"))
        if leverage > listing.max_leverage:
            raise Refused(59102, "Leverage exceeds the maximum limit. Please lower the leverage.")
        if leverage != int(leverage):
            raise wrong("lever")
        try:
            self._exchange.set_leverage(call.account, listing.symbol, int(leverage), call.now_ms)
        except InsufficientFunds:
            raise Refused(
                59108, "Low leverage and insufficient margin. Please adjust the leverage or add margin."
            ) from None
        except ExchangeError as error:
            raise refusal(error) from error
        return Answer([self._leverage_row(call.account, listing)])

    def leverage_info(self, call: Call) -> Answer:
        if call.params.text("mgnMode") not in {"cross", "isolated"}:
            raise wrong("mgnMode")
        names = call.params.text("instId").split(",")
        return Answer([self._leverage_row(call.account, self._listings.find(each)) for each in names])

    def _leverage_row(self, account: str, listing: Listing) -> dict[str, str]:
        return {
            "instId": listing.inst_id,
            "lever": str(self._exchange.leverage(account, listing.symbol)),
            "mgnMode": "cross",
            "posSide": "net",
        }

    def trade_fee(self, call: Call) -> Answer:
        """What is charged is negative. USDT-margined contracts have rates of their own: makerU and takerU."""
        kind = call.params.text("instType")
        maker, taker = trimmed(-self._fees.maker), trimmed(-self._fees.taker)
        return Answer(
            [
                {
                    "category": "1",
                    "delivery": "",
                    "exercise": "",
                    "feeGroup": [{"groupId": "2", "maker": maker, "taker": taker}],
                    "fiat": [],
                    "instType": kind,
                    "level": "Lv1",
                    "maker": maker,
                    "makerU": maker,
                    "makerUSDC": "",
                    "ruleType": "normal",
                    "taker": taker,
                    "takerU": taker,
                    "takerUSDC": "",
                    "ts": str(call.now_ms),
                }
            ]
        )

    # money

    def bills(self, call: Call) -> Answer:
        """Of all kinds of bills only funding fees (type 8): 173 was paid, 174 received."""
        params = call.params
        newer, older = params.page()
        if params.optional("type", "8") != "8":
            return Answer([])
        rows = []
        for place, listing in enumerate(self._market.chosen(params, is_type_required=False)):
            for time_ms, paid in self._exchange.funding_paid(call.account, listing.symbol):
                bill = time_ms * 1_000_000 + place
                if bill > newer and (not older or bill < older):
                    rows.append((bill, self._bill(bill, listing, time_ms, paid)))
        rows.sort(key=lambda each: each[0], reverse=True)
        return Answer([row for _, row in rows[: params.limit(100, 100)]])

    def _bill(self, bill: int, listing: Listing, time_ms: int, paid: Decimal) -> dict[str, str]:
        return {
            "bal": "",
            "balChg": amount(paid),
            "billId": str(bill),
            "ccy": SETTLE,
            "fee": "0",
            "instId": listing.inst_id,
            "instType": INST_TYPE,
            "mgnMode": "cross",
            "ordId": "",
            "pnl": amount(paid),
            "subType": "174" if paid > 0 else "173",
            "ts": str(time_ms),
            "type": "8",
        }

    def currencies(self, call: Call) -> Answer:
        """The coins there are. None can be deposited or withdrawn here."""
        coins = [SETTLE, *(each.rules.base_asset for each in self._listings)]
        return Answer(
            [
                {
                    "canDep": False,
                    "canInternal": False,
                    "canWd": False,
                    "ccy": coin,
                    "chain": f"{coin}-{coin}",
                    "mainNet": True,
                    "maxWd": "",
                    "minWd": "",
                    "name": coin,
                    "wdTickSz": "8",
                }
                for coin in coins
            ]
        )


def position_id(listing: Listing) -> str:
    return str(FIRST_POSITION_ID + listing.code)
