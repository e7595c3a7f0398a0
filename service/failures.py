"""What a failed command says: one line, and the exit code."""

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange.errors import ExchangeError, InvalidRequest

FAILED = 1
MISUSED = 2


class NotServing(Exception):
    """The connector does not answer, or says that the venue cannot be traded on now."""


def explain(error: BaseException) -> tuple[str, int] | None:
    """The message and exit code for an expected failure; None for what must be a mistake of ours."""
    from service.backtest import NoPlot
    from service.server import CannotServe
    from service.settings import SettingsError
    from transport.line_files import BadRecording

    match error:
        case BaseExceptionGroup():
            # Several tasks fail for one reason; the first that can be explained tells it.
            return next((said for each in error.exceptions if (said := explain(each))), None)
        case InvalidRequest():
            return error.message, MISUSED
        case SettingsError() | CannotServe() | NotServing() | NoPlot() | BadRecording():
            return str(error), FAILED
        case ExchangeError():
            return error.message, FAILED
        case GRPCError():
            return _said(error), FAILED
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}", FAILED
        case _:
            return None


def _said(error: GRPCError) -> str:
    hint = ". Set AUTH_TOKEN, or give --token" if error.status is Status.UNAUTHENTICATED else ""
    return f"the connector refused: {error.message or error.status.name}{hint}"
