"""The account as Gate shows it: balance, positions, settings, changes of the balance.

Source: Gate API v4, "Futures", "Account", "Wallet", "Unified", read in November 2026. The account is a classic one in
single position mode with cross margin, so a position's leverage is 0 and its cross_leverage_limit says how much there
is; changing that is refused.
"""

import hashlib
from decimal import Decimal

from sansio_exchange.account import Position
from sansio_exchange.errors import ExchangeError, InsufficientFunds
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.call import Answer, Call
from sansio_exchange.simulation.gate.errors import Refused, no_change, not_offered, refusal
from sansio_exchange.simulation.gate.listing import SETTLE, Listing, Listings, sized
from sansio_exchange.simulation.gate.parameters import paged
from sansio_exchange.simulation.notation import trimmed

RISK_LIMIT = "1000000"
_PLACES = Decimal("0.000000000001")

Row = dict[str, object]


def amount(value: Decimal) -> str:
    """An amount of money: twelve decimals at most."""
    return trimmed(value.quantize(_PLACES))


def user_id(account: str) -> int:
    """A number that stays the account's."""
    digest = hashlib.sha256(account.encode()).digest()
    return 10_000_000 + int.from_bytes(digest[:3], "big")


class Accounts:
    """Account calls of all keys."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, fees: Fees) -> None:
        self._exchange = exchange
        self._listings = listings
        self._fees = fees

    # balance and positions

    def balance(self, call: Call) -> Answer:
        name = call.account
        account = self._exchange.account(name)
        positions = self._exchange.positions(name)
        ordered = self._exchange.order_margin(name)
        held = sum((self.initial_margin(name, each) for each in positions), ZERO)
        unrealised = account.margin_balance - account.wallet_balance
        maintenance = account.maintenance_margin
        return Answer(
            {
                "available": amount(account.available_balance),
                "bonus": "0",
                "cross_available": amount(account.available_balance),
                "cross_initial_margin": amount(held),
                "cross_maintenance_margin": amount(maintenance),
                "cross_margin_balance": amount(account.margin_balance),
                "cross_order_margin": amount(ordered),
                "cross_unrealised_pnl": amount(unrealised),
                "currency": SETTLE,
                "enable_credit": False,
                "enable_evolved_classic": True,
                "enable_new_dual_mode": False,
                "enable_tiered_mm": False,
                "history": self._history(name, account.wallet_balance),
                "in_dual_mode": False,
                "isolated_position_margin": "0",
                "maintenance_margin": amount(maintenance),
                "margin_mode": 0,
                "order_margin": amount(ordered),
                "point": "0",
                "position_initial_margin": amount(held),
                "position_margin": amount(held),
                "position_mode": "single",
                "total": amount(account.wallet_balance),
                "unrealised_pnl": amount(unrealised),
                "user": user_id(name),
            }
        )

    def positions(self, call: Call) -> Answer:
        """Of all contracts in which there ever was one, or with holding=true those that are held."""
        holds = call.params.flag("holding")
        rows = [self._exchange.position(call.account, each.symbol) for each in self._listings]
        chosen = [each for each in rows if each.size or (each.update_ms and not holds)]
        page, headers = paged(call.params, chosen)
        return Answer([self._row(call, each) for each in page], headers=headers)

    def position(self, call: Call) -> Answer:
        listing = self._listings.find(call.target)
        return Answer(self._row(call, self._exchange.position(call.account, listing.symbol)))

    def _row(self, call: Call, held: Position) -> Row:
        """liq_price is 0 where there is none."""
        name, listing = call.account, self._listings.of(held.symbol)
        value = abs(held.size * held.mark_price)
        margin = amount(self.initial_margin(name, held))
        return {
            "adl_ranking": 3 if held.size else 6,
            "close_order": None,
            "contract": listing.name,
            "cross_leverage_limit": str(self._exchange.leverage(name, held.symbol)),
            "entry_price": amount(held.entry_price) if held.size else "0",
            "initial_margin": margin,
            "leverage": "0",
            "leverage_max": str(listing.max_leverage),
            "liq_price": amount(held.liquidation_price),
            "maintenance_margin": amount(value * self._fees.maintenance),
            "maintenance_rate": trimmed(self._fees.maintenance),
            "margin": margin,
            "mark_price": trimmed(held.mark_price),
            "mode": "single",
            "pending_orders": len(self._exchange.open_orders(name, held.symbol)),
            "pos_margin_mode": "cross",
            "risk_limit": RISK_LIMIT,
            "size": sized(self._size(held, listing), is_decimal=call.is_decimal),
            "trade_max_size": "0",
            "unrealised_pnl": amount(held.unrealized_pnl),
            "update_id": 1,
            "update_time": held.update_ms // 1000,
            "user": user_id(name),
            "value": amount(value),
        }

    def channel_row(self, name: str, held: Position, update_id: int, now_ms: int, *, is_decimal: bool) -> Row:
        """One message of the positions channel: numbers are numbers there, and it tells neither mark nor profit."""
        listing = self._listings.of(held.symbol)
        return {
            "contract": listing.name,
            "cross_leverage_limit": self._exchange.leverage(name, held.symbol),
            "entry_price": float(held.entry_price) if held.size else 0,
            "leverage": 0,
            "leverage_max": listing.max_leverage,
            "liq_price": float(held.liquidation_price),
            "maintenance_rate": float(self._fees.maintenance),
            "margin": float(self.initial_margin(name, held)),
            "mode": "single",
            "pos_margin_mode": "cross",
            "risk_limit": int(RISK_LIMIT),
            "size": sized(self._size(held, listing), is_decimal=is_decimal),
            "time": now_ms // 1000,
            "time_ms": now_ms,
            "update_id": update_id,
            "user": str(user_id(name)),
        }

    def initial_margin(self, name: str, held: Position) -> Decimal:
        return abs(held.size * held.mark_price) / self._exchange.leverage(name, held.symbol)

    def _size(self, held: Position, listing: Listing) -> int:
        contracts = listing.count(abs(held.size))
        return contracts if held.size > 0 else -contracts

    # settings

    def detail(self, call: Call) -> Answer:
        """key.mode 1 is a classic account."""
        return Answer(
            {
                "copy_trading_role": 0,
                "currency_pairs": [],
                "ip_whitelist": [],
                "key": {"mode": 1},
                "tier": 0,
                "user_id": user_id(call.account),
            }
        )

    def unified_mode(self, call: Call) -> Answer:
        return Answer({"mode": "classic", "settings": {}})

    def set_leverage(self, call: Call) -> Answer:
        listing = self._listings.find(call.target)
        if call.params.decimal("leverage") != 0:
            raise not_offered("isolated margin")
        leverage = call.params.decimal("cross_leverage_limit")
        if leverage > listing.max_leverage:
            raise Refused("LEVERAGE_TOO_HIGH", "leverage too high")
        if leverage < 1:
            raise Refused("LEVERAGE_TOO_LOW", "leverage too low")
        if leverage != int(leverage):
            raise call.params.invalid("cross_leverage_limit")
        try:
            self._exchange.set_leverage(call.account, listing.symbol, int(leverage), call.now_ms)
        except InsufficientFunds:
            raise Refused("LIQUIDATE_IMMEDIATELY", "Operation may cause liquidation") from None
        except ExchangeError as error:
            raise refusal(error) from error
        return self.position(call)

    def set_dual_mode(self, call: Call) -> Answer:
        if call.params.flag("dual_mode"):
            raise not_offered("dual mode")
        raise no_change()

    def fees(self, call: Call) -> Answer:
        """Of futures alone, by contract."""
        chosen = self._listings.chosen(call.params.optional("contract"))
        rates = {"maker_fee": trimmed(self._fees.maker), "taker_fee": trimmed(self._fees.taker)}
        return Answer({each.name: rates for each in chosen})

    def wallet_fee(self, call: Call) -> Answer:
        """Spot is not traded here; its rates are those of futures."""
        maker, taker = trimmed(self._fees.maker), trimmed(self._fees.taker)
        return Answer(
            {
                "currency_pair": "",
                "debit_fee": 0,
                "futures_maker_fee": maker,
                "futures_taker_fee": taker,
                "gt_discount": False,
                "gt_maker_fee": maker,
                "gt_taker_fee": taker,
                "loan_fee": "0",
                "maker_fee": maker,
                "point_type": "0",
                "taker_fee": taker,
                "user_id": user_id(call.account),
            }
        )

    # money

    def account_book(self, call: Call) -> Answer:
        """Changes of the balance, newest first: pnl, fee and fund."""
        params = call.params
        start_ms, end_ms = params.span_ms()
        chosen, kind = params.optional("contract"), params.optional("type")
        if chosen:
            self._listings.find(chosen)
        rows = []
        balance = self._exchange.account(call.account).wallet_balance
        for number, change in reversed(list(enumerate(self._changes(call.account)))):
            time_ms, each, name, text, value = change
            if chosen in {"", name} and kind in {"", each} and start_ms <= time_ms <= (end_ms or time_ms):
                rows.append(
                    {
                        "balance": amount(balance),
                        "change": amount(value),
                        "contract": name,
                        "id": str(number),
                        "text": text,
                        "time": time_ms // 1000,
                        "trade_id": "",
                        "type": each,
                    }
                )
            balance -= value
        page, headers = paged(params, rows)
        return Answer(page, headers=headers)

    def _changes(self, account: str) -> list[tuple[int, str, str, str, Decimal]]:
        """Time, type, contract, text and amount of each change that is remembered, oldest first."""
        found = []
        for listing in self._listings:
            for fill in self._exchange.fills(account, listing.symbol):
                text = f"{listing.name}:{fill.order_id}"
                found.append((fill.time_ms, "fee", listing.name, text, -fill.fee))
                if fill.realized_pnl:
                    found.append((fill.time_ms, "pnl", listing.name, text, fill.realized_pnl))
            for time_ms, paid in self._exchange.funding_paid(account, listing.symbol):
                found.append((time_ms, "fund", listing.name, listing.name, paid))
        return sorted(found, key=lambda each: each[0])

    def _history(self, account: str, wallet: Decimal) -> dict[str, str]:
        """What the balance is made of; dnw, what was paid in, is what the changes do not explain."""
        sums = {"fee": ZERO, "fund": ZERO, "pnl": ZERO}
        for _, kind, _, _, value in self._changes(account):
            sums[kind] += value
        nothing = ("bonus_dnw", "bonus_offset", "point_dnw", "point_fee", "point_refr", "refr")
        told = {name: amount(value) for name, value in sums.items()}
        return told | {"dnw": amount(wallet - sum(sums.values(), ZERO))} | dict.fromkeys(nothing, "0")
