"""`exchange-connector check`: the settings that hold and where they come from, and whether the venue answers."""

import time

import anyio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sansio_exchange.commands import GetAccount, GetSymbols, Start
from sansio_exchange.errors import ExchangeError
from sansio_exchange.session import Connector
from service.server import START_TIMEOUT
from service.settings import Settings
from service.startup import CannotServe, check, reached, why_not
from transport.driver import Driver

_STYLES = {"default": "dim", "argument": "cyan", "environment": "green", "file": "yellow"}


def explain(settings: Settings, console: Console) -> None:
    """Print every setting. Raises CannotServe where the service would not start with them."""
    table = Table("Setting", "Value", "From", "Meaning", title="Settings", title_justify="left", box=None)
    for row in settings.effective():
        table.add_row(row.name, row.value, Text(row.source, style=_STYLES.get(row.source, "")), row.description)
    console.print(table)
    check(settings)
    console.print(f"The settings are complete: the service would listen on {settings.host}:{settings.port}.")


async def ask_venue(settings: Settings, console: Console) -> None:
    """Connect as the service would, prove the credentials, look at the account, and leave. No order is touched.

    Raises CannotServe, saying what to do.
    """
    began = time.monotonic()
    failure: ExchangeError | None = None
    async with reached(settings) as there, anyio.create_task_group() as tasks:
        driver = Driver(Connector(there.venue, there.credentials, session="check", seed=0), publish=lambda _: None)
        await tasks.start(driver.run)
        try:
            await driver.ask(Start(), timeout=START_TIMEOUT)
            symbols = await driver.ask(GetSymbols())
            account = await driver.ask(GetAccount())
            console.print(
                f"{settings.exchange} answers: {len(symbols)} symbols, credentials accepted, "
                f"{account.wallet_balance:,.2f} USDT in the wallet, {time.monotonic() - began:.2f} s."
            )
        except ExchangeError as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise CannotServe(why_not(failure, settings))
