import errno

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange.errors import InvalidRequest, NotConnected
from service.failures import NotServing, explain
from service.server import CannotServe
from service.settings import SettingsError


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (InvalidRequest("side", "must be BUY or SELL"), "side: must be BUY or SELL", 2),
        (SettingsError("PORT: must be a number"), "PORT: must be a number", 1),
        (CannotServe("set AUTH_TOKEN"), "set AUTH_TOKEN", 1),
        (NotServing("not serving: no market data"), "not serving: no market data", 1),
        (NotConnected("no connection"), "no connection", 1),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x.gz"), "x.gz: No such file or directory", 1),
        (GRPCError(Status.INVALID_ARGUMENT, "symbol: unknown"), "the connector refused: symbol: unknown", 1),
        (GRPCError(Status.UNAUTHENTICATED, "a token is needed"), "Set AUTH_TOKEN, or give --token", 1),
    ],
)
def test_an_expected_failure_says_what_to_do(error: Exception, said: str, code: int) -> None:
    explained = explain(error)
    assert explained is not None
    assert said in explained[0]
    assert explained[1] == code


def test_of_a_group_the_first_that_can_be_explained_tells_it() -> None:
    group = ExceptionGroup("", [ValueError("ours"), ExceptionGroup("", [CannotServe("set AUTH_TOKEN")])])
    assert explain(group) == ("set AUTH_TOKEN", 1)


def test_a_mistake_of_ours_is_not_dressed_up() -> None:
    assert explain(KeyError("x")) is None
    assert explain(ExceptionGroup("", [KeyError("x")])) is None
