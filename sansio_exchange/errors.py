"""Everything that can go wrong, as one tree. The type says whose fault it is and what the caller may do.

    ExchangeError
    ├── InvalidRequest           our caller broke a rule; names the field; nothing was sent   (commands, rules)
    │   └── UnknownSymbol        the symbol is not tradable on this venue                     (symbols)
    ├── VenueError               the venue understood and said no; carries its code           (venue errors.py)
    │   ├── RequestRejected      the venue says that the request is malformed
    │   ├── AuthenticationFailed key, signature or passphrase is wrong
    │   ├── PermissionDenied     the key is right but may not do this
    │   ├── ClockSkew            our timestamp is outside the venue's window
    │   ├── RateLimited          too many requests; `retry_after` seconds
    │   ├── VenueUnavailable     maintenance, overload, 5xx: it did not happen
    │   ├── OrderNotFound        no such order
    │   ├── DuplicateClientOrderId
    │   ├── InsufficientFunds    margin does not suffice
    │   └── OrderRejected        any other reason why an order cannot stand
    │       ├── WouldTake        post-only order would have taken liquidity
    │       └── ReduceOnlyRejected
    ├── OutcomeUnknown           an order left, and nobody can say what became of it          (session)
    ├── DeadlineExceeded         the caller's time ran out, and nothing has changed           (session)
    ├── NotConnected             no connection to the venue, and nothing has changed          (session)
    └── UnexpectedReply          the venue answered with something that cannot be read        (venue replies.py)

Only ClockSkew, RateLimited, VenueUnavailable and NotConnected may be answered by asking again, and of these the
first is retried by the core itself.
"""


class ExchangeError(Exception):
    """The root. `message` is for people; it never contains a key, a secret or a signature."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    retry_after: float | None = None
    """Seconds after which asking again makes sense, or None where it does not."""


class InvalidRequest(ExchangeError):
    """The caller broke a rule: `field` is the request's field, `message` starts with it and names the rule."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class UnknownSymbol(InvalidRequest):
    """The symbol is not one that this venue trades now."""


class VenueError(ExchangeError):
    """The venue said no. `code` and `venue_message` are its own words; `code` is "" where it sent none."""

    def __init__(
        self, message: str, *, code: str = "", venue_message: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.venue_message = venue_message
        self.retry_after = retry_after


class RequestRejected(VenueError):
    """The venue says that the request is malformed."""


class AuthenticationFailed(VenueError):
    """Key, signature or passphrase is wrong."""


class PermissionDenied(VenueError):
    """The key is right but may not do this (read-only key, address not on its list, region)."""


class ClockSkew(VenueError):
    """Our timestamp is outside the venue's window; the core measures the offset anew and asks once more."""


OF_REQUEST = ("*",)
"""RateLimited.budgets: those that the refused request drew on."""


class RateLimited(VenueError):
    """Too many requests. Nothing is sent to the venue for `retry_after` seconds; where the venue says which of its
    limits was overrun, `budgets` has their names, and only what draws on these has to wait."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        venue_message: str = "",
        retry_after: float | None = None,
        budgets: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, code=code, venue_message=venue_message, retry_after=retry_after)
        self.budgets = budgets


class VenueUnavailable(VenueError):
    """Maintenance or overload; the request did not take effect."""


class OrderNotFound(VenueError):
    """The venue knows no such order (never accepted, or older than it remembers)."""


class DuplicateClientOrderId(VenueError):
    """A working order already carries this client order id."""


class InsufficientFunds(VenueError):
    """Margin or balance does not suffice for the order."""


class OrderRejected(VenueError):
    """The venue does not take this order, for a reason of its own."""


class WouldTake(OrderRejected):
    """A post-only order would have traded at once."""


class ReduceOnlyRejected(OrderRejected):
    """A reduce-only order would not have reduced a position."""


class OutcomeUnknown(ExchangeError):
    """An order request left and its outcome could not be learned in time.

    The order may or may not stand. Ask again with the same `client_order_id`; the order stream tells the truth as
    soon as it is known.
    """

    def __init__(self, message: str, *, client_order_id: str = "") -> None:
        super().__init__(f"outcome unknown, client_order_id={client_order_id}: {message}")
        self.reason = message
        self.client_order_id = client_order_id


class DeadlineExceeded(ExchangeError):
    """The caller's time ran out, before anything was sent or after a question was: nothing has changed."""


class NotConnected(ExchangeError):
    """There is no connection to the venue: the request never left, or a question got no answer. Nothing has changed."""

    retry_after = 1.0


class UnexpectedReply(ExchangeError):
    """The venue answered with something that cannot be read: HTML, truncated JSON, a field of another type."""
