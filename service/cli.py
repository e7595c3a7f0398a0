"""The command line. Every command imports what it needs when it runs, so that --help is quick.

Exit codes: 0 done, 1 failed, 2 used wrongly. A failure is one line on stderr that says what to do next.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="exchange-connector",
    help="One process that owns the connection to a crypto exchange and serves it to trading programs over gRPC.",
    epilog="Exit codes: 0 done, 1 failed, 2 used wrongly. Settings come from the environment and CONFIG_FILE as well; "
    "`check` explains those that hold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Exchange = Annotated[str, typer.Option("--exchange", help="The venue, by name.")]
Host = Annotated[str | None, typer.Option("--host", help="The connector's address; default HOST, else 127.0.0.1.")]
Port = Annotated[int | None, typer.Option("--port", help="The connector's port; default PORT, else 50051.")]
Token = Annotated[str | None, typer.Option("--token", help="The connector's token; default AUTH_TOKEN.")]
Config = Annotated[Path | None, typer.Option("--config", help="YAML file with settings; default CONFIG_FILE.")]
Fields = Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="Fields of the request.")]

VenueName = Annotated[str | None, typer.Option("--exchange", help="Venue; sim starts a local one inside.")]
Network = Annotated[str | None, typer.Option("--network", help="mainnet or testnet.")]
ListenHost = Annotated[str | None, typer.Option("--host", help="Address to listen on; beyond loopback set AUTH_TOKEN.")]
ListenPort = Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes any.")]
MetricsPort = Annotated[int | None, typer.Option("--metrics-port", help="Port of the Prometheus endpoint.")]
LogFormat = Annotated[str | None, typer.Option("--log-format", help="json or console; default console on a terminal.")]
LogLevel = Annotated[str | None, typer.Option("--log-level", help="debug, info, warning or error.")]
_DEMO = "demo"
"""Key, secret and passphrase of local venues."""


def main() -> None:
    """What the `exchange-connector` command runs."""
    try:
        app(prog_name="exchange-connector")
    except Exception as error:
        from service.failures import explain

        explained = explain(error)
        if explained is None:
            raise
        message, code = explained
        print(f"exchange-connector: {message}", file=sys.stderr)
        sys.exit(code)


def _run(function: Callable[[], Any]) -> None:
    """Run a coroutine function on asyncio until it ends or Ctrl-C, which is a proper end."""
    import anyio

    with contextlib.suppress(KeyboardInterrupt):
        anyio.run(function)


# --- running ------------------------------------------------------------------------------------------------------


@app.command()
def serve(
    exchange: VenueName = None,
    network: Network = None,
    host: ListenHost = None,
    port: ListenPort = None,
    config: Config = None,
    record: Annotated[Path | None, typer.Option("--record", help="Write a journal of all inputs to this file.")] = None,
    metrics_port: MetricsPort = None,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
) -> None:
    """Serve an exchange over gRPC. Without any settings: a local venue inside, on 127.0.0.1:50051.

    Credentials come from API_KEY, API_SECRET and API_PASSPHRASE, or the file. SIGTERM and Ctrl-C end it in order.
    """
    from service.server import serve as run

    settings = _settings(
        exchange=exchange,
        network=network,
        host=host,
        port=port,
        config_file=config,
        record=record,
        metrics_port=metrics_port,
        log_format=log_format,
        log_level=log_level,
    )
    _configure_logs(settings)
    _run(lambda: run(settings))


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="The journal to write; an existing one is never overwritten.")],
    symbols: Annotated[list[str] | None, typer.Argument(help="Record prices, candles and funding of these.")] = None,
    exchange: VenueName = None,
    network: Network = None,
    host: ListenHost = None,
    port: ListenPort = None,
    config: Config = None,
) -> None:
    """Serve as `serve --record FILE` does, with market data of the symbols subscribed to. `replay FILE` reads it."""
    from service.record import record as run

    settings = _settings(exchange=exchange, network=network, host=host, port=port, config_file=config, record=file)
    _configure_logs(settings)
    _run(lambda: run(settings, symbols or []))


@app.command()
def demo(
    seconds: Annotated[float | None, typer.Option("--seconds", min=0.1, help="End by itself after so long.")] = None,
    exchange: Exchange = "binance",
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="The connector's port; default PORT, else 50051; 0 takes any."),
    ] = None,
) -> None:
    """A local venue, the connector before it, and a sample maker trading through gRPC: a live table. No account needed.

    While it runs, try `exchange-connector watch BTCUSDT ETHUSDT` in a second terminal.
    """
    from rich.console import Console

    from service import access_log
    from service.demo import demo as run

    access_log.configure(log_format="console", level="error")
    _run(lambda: run(Console(), exchange=exchange, port=port, seconds=seconds))


@app.command()
def venue(
    exchange: Exchange = "binance",
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any.")] = 8080,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same market.")] = 1,
    capture: Annotated[Path | None, typer.Option("--capture", help="Replay the trades of this capture.")] = None,
) -> None:
    """A local venue that speaks the exchange's own REST and WebSocket protocols, all on one port.

    Its account: key, secret and passphrase `demo`, 100,000 USDT.
    """
    from rich.console import Console

    from service import access_log
    from service.venue_command import serve_venue

    access_log.configure(log_format="console", level="warning")
    _run(lambda: serve_venue(Console(), exchange=exchange, host=host, port=port, seed=seed, capture=capture))


# --- looking ------------------------------------------------------------------------------------------------------


@app.command()
def watch(
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="Symbols to show, such as BTCUSDT.")],
    host: Host = None,
    port: Port = None,
    token: Token = None,
) -> None:
    """A live table over gRPC: prices, own orders, fills, positions, account. Without a terminal: lines of text.

    It waits for the connector, and comes back to it after a restart. Ctrl-C ends it.
    """
    from rich.console import Console

    from service.client import Client
    from service.watch import watch as run

    address = _address(host, port, token)

    async def show() -> None:
        async with Client(*address[:2], token=address[2], name="watch") as client:
            await run(client, list(dict.fromkeys(each.upper() for each in symbols)), Console())
            _discard_stdout()

    _run(show)


@app.command()
def health(host: Host = None, port: Port = None, token: Token = None) -> None:
    """Ask the connector's health: exit code 0 if the venue can be traded on now, 1 if not or nobody answers."""
    from service.health_check import check_health

    address = _address(host, port, token)

    async def ask() -> None:
        print(await check_health(*address))

    _run(ask)


@app.command()
def check(
    exchange: VenueName = None,
    network: Network = None,
    config: Config = None,
    online: Annotated[bool, typer.Option("--online", help="Also connect to the venue; no order is touched.")] = False,
) -> None:
    """Explain the settings that hold, where each comes from, and what is missing. Secrets are masked."""
    from rich.console import Console

    from service import access_log
    from service.check import ask_venue, explain

    console = Console()
    settings = _settings(exchange=exchange, network=network, config_file=config)
    access_log.configure(log_format="console", level="error")
    explain(settings, console)
    if online:
        _run(lambda: ask_venue(settings, console))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A journal (serve --record) or a capture, plain or gzip.")],
    summary: Annotated[bool, typer.Option("--summary", help="Only count the events.")] = False,
    exchange: Annotated[str | None, typer.Option("--exchange", help="A capture's venue, if not clear.")] = None,
) -> None:
    """The events of a recording, one JSON object a line. A journal replays to the very events of its session."""
    from rich.console import Console

    from sansio_exchange.lines import to_line
    from service.replay import replayed
    from service.replay import summary as count
    from transport.replay import is_incomplete

    def all_events() -> Iterator[Any]:
        yield from replayed(file, exchange)
        if is_incomplete(file):
            print(f"{file}: cut off at its end, as by a process that was killed or still records", file=sys.stderr)

    events = all_events()
    if summary:
        Console().print(count(events))
    else:
        _write(to_line(event) for event in events)


# --- without a connection -----------------------------------------------------------------------------------------


@app.command()
def decode(
    exchange: Exchange,
    fields: Fields = None,
    stream: Annotated[
        str | None, typer.Option("--stream", help="Payloads are stream messages: public, private.")
    ] = None,
    reply: Annotated[
        str | None, typer.Option("--reply", metavar="METHOD", help="Payloads are replies to METHOD.")
    ] = None,
) -> None:
    """Raw payloads on stdin, one JSON a line, to normalised events or results on stdout, one JSON object a line.

    METHOD is an RPC's name in snake_case, such as place_order. The payload is the body of an HTTP reply, an error's
    too, or a frame of the order-entry socket. Where a method makes several requests, a JSON array with the reply to
    each is read as a whole, and the reply to one as if the others were empty (a time that is asked for is 1970 then).
    Fields of the request default to what the payload says.

    A stream message gives an object for each thing that it says. A reply gives the method's result (an object, a list,
    a bare value or null), or an object with the error that the payload says or that the connector would answer with,
    such as for an account in hedge mode. What cannot be read gives an object of kind Unreadable, what is of no use here
    or belongs to the other stream Ignored, each with the reason. Objects and rows tell `line`, the number of their
    input line; every line that is not blank gives at least one, in the order of input.
    """
    from sansio_exchange.venues import make_venue
    from service.decode import decode_lines, stream_decoder
    from service.decode_reply import reply_decoder
    from service.methods import parse_fields

    if (stream is None) == (reply is None):
        raise typer.BadParameter("give one of --stream public|private and --reply METHOD")
    venue = make_venue(exchange)
    if reply is not None:
        decoder = reply_decoder(venue, reply, parse_fields(fields or []))
    else:
        if fields:
            raise typer.BadParameter("fields go with --reply only")
        decoder = stream_decoder(venue, stream or "")
    _write(decode_lines(sys.stdin.buffer, decoder))


@app.command()
def request(
    exchange: Exchange,
    method: Annotated[str, typer.Argument(help="An RPC's name in snake_case, such as place_order.")],
    fields: Fields = None,
    now_ms: Annotated[
        int | None, typer.Option("--now-ms", help="The time to sign, ms since 1970; default: now.")
    ] = None,
    over_ws: Annotated[bool, typer.Option("--ws", help="The frame of the order-entry socket instead.")] = False,
    network: Annotated[str, typer.Option("--network", help="mainnet or testnet.")] = "mainnet",
    key: Annotated[str, typer.Option("--key", envvar="API_KEY", show_envvar=True)] = _DEMO,
    secret: Annotated[str, typer.Option("--secret", envvar="API_SECRET", show_default=False)] = _DEMO,
    passphrase: Annotated[str, typer.Option("--passphrase", envvar="API_PASSPHRASE", show_default=False)] = _DEMO,
) -> None:
    """Print the signed request that a call would send, as JSON, and send nothing.

    For example: request --exchange binance place_order symbol=BTCUSDT side=BUY type=LIMIT quantity=0.01 price=90000.
    HTTP requests have method, url, headers and body; WebSocket ones url and frame. A batch is orders='[{...}, ...]',
    other lists are separated by commas. Where OKX wants an instIdCode, which its listing alone tells, 0 stands for it.
    The secret is never shown.
    """
    import time

    from sansio_exchange.commands import Credentials
    from sansio_exchange.venues import make_venue
    from service.methods import parse_fields
    from service.request import show_request

    shown = show_request(
        make_venue(exchange, network=network),
        method,
        parse_fields(fields or []),
        Credentials(key, secret, passphrase),
        time.time_ns() // 1_000_000 if now_ms is None else now_ms,
        over_ws=over_ws,
    )
    _write(line.encode() for line in shown)


@app.command()
def backtest(
    days: Annotated[float, typer.Option("--days", min=0.001, help="How many virtual days.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same result.")] = 1,
    symbol: Annotated[str, typer.Option("--symbol", help="What to trade.")] = "BTCUSDT",
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the plot goes, a PNG; default build/equity.png.")
    ] = None,
) -> None:
    """The demo's sample maker through virtual days in seconds: figures, and, where matplotlib is installed, a plot."""
    from rich.console import Console

    from service.backtest import backtest as run

    try:
        run(Console(), days=days, seed=seed, symbol=symbol, out=out)
    except KeyboardInterrupt:
        raise typer.Exit(1) from None


# --- shared -------------------------------------------------------------------------------------------------------


def _settings(**arguments: Any) -> Any:
    from service.settings import load

    return load(**arguments)


def _configure_logs(settings: Any) -> None:
    """People get coloured lines, machines JSON, unless LOG_FORMAT says otherwise."""
    from service import access_log

    is_chosen = "log_format" in settings.model_fields_set
    log_format = settings.log_format if is_chosen or not sys.stderr.isatty() else "console"
    access_log.configure(log_format=log_format, level=settings.log_level)


def _address(host: str | None, port: int | None, token: str | None) -> tuple[str, int, str]:
    """Where the connector is: what was said here, else what it would listen on itself."""
    settings = _settings(host=host, port=port, auth_token=token)
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, not where one connects to
    return here.get(settings.host, settings.host), settings.port, settings.auth_token.get_secret_value()


def _write(lines: Iterable[bytes]) -> None:
    """Each line at once, for whoever reads along, until they have enough."""
    try:
        for line in lines:
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        _discard_stdout()


def _discard_stdout() -> None:
    """Nobody reads it any more, of which Python would complain when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
