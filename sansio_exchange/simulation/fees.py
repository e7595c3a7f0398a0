"""What a venue charges, as it tells its accounts and as the exchange below applies it."""

from decimal import Decimal

from msgspec import Struct


class Fees(Struct, frozen=True):
    """Shares of notional."""

    maker: Decimal
    taker: Decimal
    maintenance: Decimal
