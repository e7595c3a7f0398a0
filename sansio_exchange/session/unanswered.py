"""What to tell a caller whose command ends without the venue's answer."""

from msgspec import Struct

from sansio_exchange.errors import DeadlineExceeded, ExchangeError, NotConnected, OutcomeUnknown


class Unanswered(Struct, frozen=True):
    """Why there is no answer: `reason` where something has left for the venue, `unsent` where nothing has."""

    error: type[DeadlineExceeded] | type[NotConnected]
    reason: str
    unsent: str

    def not_sent(self) -> ExchangeError:
        """Nothing happened at the venue."""
        return self.error(self.unsent)

    def not_told(self) -> ExchangeError:
        """A question left; it may be asked again."""
        return self.error(self.reason)

    def unknown(self, client_order_id: str) -> ExchangeError:
        """An order, or a change of one, has left."""
        return OutcomeUnknown(self.reason, client_order_id=client_order_id)


OUT_OF_TIME = Unanswered(
    DeadlineExceeded, "the venue did not answer in time", "time ran out before anything was sent to the venue"
)
STOPPED = Unanswered(
    NotConnected,
    "the connector stopped before the venue answered",
    "the connector stopped before anything was sent to the venue",
)
