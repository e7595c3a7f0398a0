"""Where settings come from, and what is said when they are wrong. Secrets never show: requirements 7.1."""

from pathlib import Path

import pytest

from service.settings import MASK, Settings, SettingsError, load

SECRETS = {"API_KEY": "key-of-the-venue", "API_SECRET": "secret-of-the-venue", "AUTH_TOKEN": "token-of-ours"}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "connector.yaml"
    monkeypatch.setenv("CONFIG_FILE", str(path))
    return path


def test_with_no_configuration_at_all_the_local_venue_is_served_on_loopback() -> None:
    settings = load()
    assert (settings.exchange, settings.network, settings.host, settings.port) == ("sim", "mainnet", "127.0.0.1", 50051)
    assert settings.metrics_port is None
    assert settings.endpoints == {}


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        **SECRETS,
        "EXCHANGE": "Binance",
        "API_PASSPHRASE": "open sesame",
        "NETWORK": "TESTNET",
        "PORT": "6001",
        "EXCHANGE_REST_URL": "http://127.0.0.1:1/",
        "EXCHANGE_WS_URL": "ws://127.0.0.1:2",
        "EXCHANGE_WS_PRIVATE_URL": "wss://127.0.0.1:3",
        "EXCHANGE_WS_TRADE_URL": "ws://127.0.0.1:4",
        "METRICS_PORT": "9000",
        "RECORD": "day.journal",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert (settings.exchange, settings.network, settings.port) == ("binance", "testnet", 6001)
    assert settings.credentials.secret == "secret-of-the-venue"
    assert settings.credentials.passphrase == "open sesame"
    assert settings.endpoints == {
        "rest": "http://127.0.0.1:1",
        "public": "ws://127.0.0.1:2",
        "private": "wss://127.0.0.1:3",
        "trade": "ws://127.0.0.1:4",
    }
    assert settings.record == Path("day.journal")


def test_order_entry_over_the_socket_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_WS_TRADE_URL", "none")
    assert load().endpoints == {"trade": ""}
    monkeypatch.setenv("EXCHANGE_WS_URL", "none")
    with pytest.raises(SettingsError, match="EXCHANGE_WS_URL"):
        load()


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert load().port == 50051


def test_the_file_gives_what_the_environment_does_not(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(
        """
        exchange: binance
        port: 6000
        log_format: console
        exchanges:
          binance: {api_key: "${VENUE_KEY}", api_secret: "pre-${VENUE_KEY}-post", network: testnet, rest_url: "http://a"}
          okx: {api_key: "${NOT_SET}", passphrase: p}
        """
    )
    monkeypatch.setenv("VENUE_KEY", "from-outside")
    monkeypatch.setenv("PORT", "7000")
    settings = load()
    assert (settings.exchange, settings.port, settings.log_format) == ("binance", 7000, "console")
    assert (settings.credentials.key, settings.credentials.secret) == ("from-outside", "pre-from-outside-post")
    assert (settings.network, settings.endpoints) == ("testnet", {"rest": "http://a"})


@pytest.mark.parametrize("key", ["passphrase", "api_passphrase"])
def test_the_passphrase_may_be_named_like_its_setting(config: Path, key: str) -> None:
    config.write_text(f"exchange: okx\nexchanges: {{okx: {{{key}: open sesame}}}}")
    assert load().credentials.passphrase == "open sesame"


def test_the_environment_chooses_the_exchange_whose_entry_counts(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(
        "exchange: binance\nexchanges:\n  OKX: {}\n  okx: {api_key: right}\n  binance: {api_key: wrong}\n"
    )
    monkeypatch.setenv("EXCHANGE", "OKX")
    assert load().credentials.key == "right"


def test_arguments_win_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "7000")
    settings = load(port=8000, host=None)
    assert (settings.port, settings.host) == (8000, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "99999", "PORT: Input should be less than or equal to 65535"),
        ("PORT", "http", "PORT: Input should be a valid integer"),
        ("NETWORK", "moon", "NETWORK: Input should be 'mainnet' or 'testnet'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: Input should be 'json' or 'console'"),
        ("EXCHANGE_REST_URL", "fapi.binance.com", "EXCHANGE_REST_URL: must begin with http:// or https://"),
        ("EXCHANGE_WS_URL", "https://x", "EXCHANGE_WS_URL: must begin with ws:// or wss://"),
        ("STREAM_BACKLOG", "0", "STREAM_BACKLOG: Input should be greater than or equal to 1"),
        ("AUTH_TOKEN", "with space", "AUTH_TOKEN: must consist of visible ASCII characters"),
        ("CONFIG_FILE", "/nowhere/at/all.yaml", "CONFIG_FILE: cannot read /nowhere/at/all.yaml: No such file"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value).startswith(said)
    if name == "AUTH_TOKEN":
        assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("prot: 1", "prot: is not a setting; known are api_key, "),
        (
            "exchanges: {sim: {key: x}}",
            "exchanges.sim.key: is not a setting; known are api_key, api_passphrase, api_secret, network",
        ),
        ("exchanges: [sim]", "exchanges: must be a mapping"),
        ("exchanges: {sim: 5}", "exchanges.sim: must be a mapping"),
        ("- a\n- b", "must be a mapping"),
        ("a: [", "is not YAML (line 1)"),
        ("host: ${NOT_SET_ANYWHERE}", "host: the environment variable NOT_SET_ANYWHERE is not set"),
        (
            "exchanges: {sim: {api_key: '${NOT_SET_ANYWHERE}'}}",
            "exchanges.sim.api_key: the environment variable NOT_SET_ANYWHERE is not set",
        ),
        ("port: many", "PORT: Input should be a valid integer"),
        ("api_key: 12345", "API_KEY: Input should be a valid string"),
        ("config_file: other.yaml", "config_file: is not a setting"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(config: Path, content: str, said: str) -> None:
    config.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load()
    assert said in str(caught.value)
    assert "12345" not in str(caught.value)


def test_effective_tells_every_value_and_its_source_but_no_secret(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("port: 6000\nauth_token: token-of-ours\n")
    monkeypatch.setenv("API_SECRET", SECRETS["API_SECRET"])
    rows = {row.name: row for row in load(host="::1").effective()}
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    assert (rows["PORT"].value, rows["PORT"].source) == ("6000", "file")
    assert (rows["HOST"].value, rows["HOST"].source) == ("::1", "argument")
    assert (rows["API_SECRET"].value, rows["API_SECRET"].source) == (MASK, "environment")
    assert (rows["AUTH_TOKEN"].value, rows["AUTH_TOKEN"].source) == (MASK, "file")
    assert (rows["API_KEY"].value, rows["API_KEY"].source) == ("", "default")
    assert all(row.description for row in rows.values())


def test_no_way_of_printing_settings_tells_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    settings = load()
    printed = f"{settings} {settings!r} {settings.effective()} {settings.model_dump()} {settings.model_dump_json()}"
    for value in SECRETS.values():
        assert value not in printed
    assert "secret-of-the-venue" not in repr(settings.credentials)
    assert set(settings.secrets) == set(SECRETS.values())


def test_reread_takes_what_the_file_has_now(config: Path) -> None:
    config.write_text("exchanges: {sim: {api_key: old, api_secret: s}}")
    settings = load(port=8000)
    config.write_text("exchanges: {sim: {api_key: new, api_secret: s}}\nport: 1")
    again = settings.reread()
    assert (settings.credentials.key, again.credentials.key, again.port) == ("old", "new", 8000)
