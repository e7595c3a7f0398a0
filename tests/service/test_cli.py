"""The command line as a user meets it: what it prints, where, and with which exit code."""

import io
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from service import cli


class _Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, stdin: bytes = b"") -> int:
    """The exit code of `exchange-connector` with these arguments, in this process."""
    monkeypatch.setattr(sys, "argv", ["exchange-connector", *arguments])
    monkeypatch.setattr(sys, "stdin", _Stdin(stdin))
    for name in ("EXCHANGE", "API_KEY", "API_SECRET", "API_PASSPHRASE", "HOST", "PORT", "CONFIG_FILE", "AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return exit_code()


def exit_code() -> int:
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


COMMANDS = (
    "serve",
    "demo",
    "venue",
    "watch",
    "record",
    "replay",
    "check",
    "health",
    "decode",
    "request",
    "backtest",
)


def test_help_names_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in COMMANDS)
    assert "Exit codes" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(monkeypatch, name, "--help") == 0
    assert name in capsys.readouterr().out


def test_decode_explains_what_comes_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "decode", "--help") == 0
    shown = capsys.readouterr().out
    assert all(each in shown for each in ("result", "error", "Unreadable", "Ignored", "`line`"))


def test_help_imports_no_more_than_it_needs() -> None:
    """What takes long to import is imported by the command that runs."""
    heavy = {"grpclib", "httpx", "pydantic", "starlette", "uvicorn", "matplotlib", "betterproto2", "anyio", "structlog"}
    code = "import sys, service.cli; print(','.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert heavy.isdisjoint(done.stdout.strip().split(","))


def test_request_prints_json_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = ("symbol=BTCUSDT", "side=BUY", "type=LIMIT", "quantity=1", "price=9000")
    keys = ("--key", "the-key", "--secret", "the-secret")
    assert run(monkeypatch, "request", "--exchange", "binance", "place_order", *fields, "--now-ms", "5", *keys) == 0
    out = capsys.readouterr().out
    shown = msgspec.json.decode(out)
    assert shown["headers"] == {"X-MBX-APIKEY": "the-key"}
    assert "timestamp=5&signature=" in shown["url"]
    assert "the-secret" not in out


def test_request_takes_the_key_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["exchange-connector", "request", "--exchange", "binance", "get_account"])
    monkeypatch.setenv("API_KEY", "from-the-environment")
    assert exit_code() == 0
    assert '"X-MBX-APIKEY":"from-the-environment"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("request", "--exchange", "binance", "buy"), "METHOD: 'buy' is not one of place_order"),
        (("request", "--exchange", "binance", "place_order", "colour=red"), "colour: is not a field"),
        (("request", "--exchange", "binance", "place_order", "red"), "red: must have the form field=value"),
        (("request", "--exchange", "binance", "get_name"), "get_name is answered by the connector itself: no venue is"),
        (("decode", "--exchange", "binance", "--reply", "get_type"), "get_type is answered by the connector itself"),
        (("request", "--exchange", "nonesuch", "get_account"), "exchange: 'nonesuch' is not one of binance"),
        (("decode", "--exchange", "binance", "--reply", "buy"), "METHOD: 'buy' is not one of"),
        (("decode", "--exchange", "binance", "--stream", "both"), "--stream: 'both' is not one of public, private"),
        (("venue", "--exchange", "nonesuch", "--port", "0"), "exchange: 'nonesuch' is not one of binance"),
    ],
)
def test_misuse_is_one_line_on_stderr_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(monkeypatch, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("exchange-connector: ")
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonesuch",),
        ("watch",),
        ("decode", "--exchange", "binance"),
        ("decode", "--exchange", "binance", "--stream", "public", "--reply", "get_order"),
        ("demo", "--seconds", "soon"),
    ],
)
def test_arguments_that_do_not_parse_are_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, *arguments) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("health", "--port", "1"), "no connector answers at 127.0.0.1:1; start one with: exchange-connector serve"),
        (("replay", "/nonexistent/file"), "/nonexistent/file: No such file or directory"),
        (("check", "--config", "/nonexistent/file"), "CONFIG_FILE: cannot read /nonexistent/file"),
        (("serve", "--host", "0.0.0.0"), "set AUTH_TOKEN"),  # noqa: S104 - what is refused
        (("serve", "--exchange", "binance"), "API_KEY is needed"),
        (("serve", "--port", "99999"), "PORT: "),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(monkeypatch, *arguments) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("exchange-connector: ")
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


def test_check_masks_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("exchanges:\n  binance:\n    api_key: visible-key\n    api_secret: visible-secret\n")
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stdout", shown)
    assert run(monkeypatch, "check", "--exchange", "binance", "--config", str(config)) == 0
    assert "visible" not in shown.getvalue()
    assert "***" in shown.getvalue()
    assert "argument" in shown.getvalue()


def test_decode_reads_stdin_and_writes_lines(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    payloads = b'{"e":"aggTrade","E":10,"s":"BTCUSDT","a":1,"p":"100.5","q":"2","f":1,"l":1,"T":9,"m":true}\nnonsense\n'
    assert run(monkeypatch, "decode", "--exchange", "binance", "--stream", "public", stdin=payloads) == 0
    lines = [msgspec.json.decode(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [(line["kind"], line["line"]) for line in lines] == [("PriceChange", 1), ("Unreadable", 2)]


def test_a_reader_that_has_enough_is_no_failure(tmp_path: Path) -> None:
    payload = '{"e":"aggTrade","E":10,"s":"BTCUSDT","a":1,"p":"100.5","q":"2","f":1,"l":1,"T":9,"m":true}\n'
    payloads = tmp_path / "payloads"
    payloads.write_text(payload * 5_000)
    command = f'"{sys.executable}" -m service decode --exchange binance --stream public < {payloads} | head -n 1'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)  # noqa: S603, S607 - ours
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_replay_tells_of_a_recording_that_was_cut_off(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    info = (
        '{"symbols":[{"symbol":"BTCUSDT","contractType":"PERPETUAL","status":"TRADING","baseAsset":"BTC",'
        '"quoteAsset":"USDT","marginAsset":"USDT","filters":[]}],"rateLimits":[]}'
    )
    trade = '{"e":"aggTrade","E":10,"s":"BTCUSDT","a":1,"p":"100.5","q":"2","f":1,"l":1,"T":9,"m":true}'
    entries = (
        {"t": 1.0, "kind": "http", "url": "https://fapi.binance.com/fapi/v1/exchangeInfo", "body": info},
        {"t": 2.0, "kind": "ws_in", "url": "wss://fstream.binance.com/ws", "data": trade},
    )
    file = tmp_path / "capture"
    file.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in entries))
    assert run(monkeypatch, "replay", str(file)) == 0
    assert capfd.readouterr().err == ""
    with file.open("ab") as end:
        end.write(b'{"t":3.0,"ki')
    assert run(monkeypatch, "replay", str(file)) == 0
    shown = capfd.readouterr()
    assert len(shown.out.splitlines()) == 1
    assert shown.err.startswith(f"{file}: cut off at its end")
