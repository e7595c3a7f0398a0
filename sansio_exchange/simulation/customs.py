"""What venues do differently with one and the same order."""

from msgspec import Struct


class Customs(Struct, frozen=True):
    """The defaults are Binance's.

    `expires_post_only`: a post-only order that would trade at once is accepted and expires; else it is refused.
    `fills_shrunk`: an order that is amended to no more than what is executed of it is filled; else it is cancelled.
    """

    expires_post_only: bool = False
    fills_shrunk: bool = False


USUAL = Customs()
