"""What happens to an account that can no longer carry its positions.

When the margin balance falls below the maintenance margin, all its orders are cancelled and its positions are closed,
the one with the most maintenance margin first, until what is left is covered. Each goes to the book as an
immediate-or-cancel limit order at the bankruptcy price, the price at which nothing would be left; what the book does
not give by then the house takes over at that price, as an insurance fund would. So a wallet never ends below zero.
After Binance's support article "How Liquidation Works in Futures Trading" (2025).
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sansio_exchange.orders import OrderType, Side, TimeInForce
from sansio_exchange.simulation.engine import Engine
from sansio_exchange.simulation.margin import Holding, Trader
from sansio_exchange.simulation.matching import WorkingOrder

REASON = "liquidation"
CLIENT_ID_PREFIX = "autoclose-"


def is_due(trader: Trader) -> bool:
    """Whether the margin balance is below the maintenance margin."""
    return trader.margin_balance() < trader.maintenance_margin()


def liquidate(engine: Engine, trader: Trader, now_ms: int) -> None:
    """Cancel everything, then close positions until the account is sound again."""
    for holding in trader.holdings.values():
        engine.cancel_all(trader.name, holding.listing, now_ms, REASON)
    while trader.open_holdings() and is_due(trader):
        holding = max(trader.open_holdings(), key=lambda each: abs(each.notional))
        order_id = engine.next_order_id()
        side = Side.SELL if holding.steps > 0 else Side.BUY
        order = WorkingOrder(
            account=trader.name,
            symbol=holding.listing.symbol,
            order_id=order_id,
            client_order_id=f"{CLIENT_ID_PREFIX}{order_id}",
            side=side,
            type=OrderType.LIMIT,
            time_in_force=TimeInForce.IOC,
            quantity=abs(holding.steps),
            key=None,
            reduce_only=True,
            now_ms=now_ms,
        )
        order.reason = REASON
        engine.close_out(trader, holding, _bankruptcy_key(trader, holding), order, now_ms)


def _bankruptcy_key(trader: Trader, holding: Holding) -> int:
    """Key of the worst price at which closing this position leaves the margin balance at zero or above, fee paid."""
    listing, size = holding.listing, holding.size
    fee = max(Decimal(0), trader.fees.taker)
    if size > 0:
        worst = (holding.notional - trader.margin_balance()) / (size * (1 - fee))
        return -max(1, int((worst / listing.tick).to_integral_value(ROUND_CEILING)))
    worst = (trader.margin_balance() - holding.notional) / (-size * (1 + fee))
    return max(1, int((worst / listing.tick).to_integral_value(ROUND_FLOOR)))
