"""Settings: from the environment, else from a YAML file, else the default.

    CONFIG_FILE=connector.yaml

    host: 127.0.0.1
    exchanges:
      binance:
        api_key: ${BINANCE_API_KEY}
        api_secret: ${BINANCE_API_SECRET}
        network: testnet

Names in the file are those of the environment in lower case; of `exchanges`, the entry of the chosen exchange counts.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from msgspec import Struct
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sansio_exchange.commands import Credentials

MASK = "***"
NO_SOCKET = "none"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OF_EXCHANGE = {
    "api_key": "api_key",
    "api_secret": "api_secret",
    "passphrase": "api_passphrase",
    "api_passphrase": "api_passphrase",
    "network": "network",
    "rest_url": "exchange_rest_url",
    "ws_url": "exchange_ws_url",
    "ws_private_url": "exchange_ws_private_url",
    "ws_trade_url": "exchange_ws_trade_url",
}
"""Keys of `exchanges.<name>` in the file, and which settings they are."""


class SettingsError(Exception):
    """Something is wrong with the settings: one line that names the setting and the rule."""


class Setting(Struct, frozen=True):
    """One row of `Settings.effective`. `source` is "argument", "environment", "file" or "default"."""

    name: str
    value: str
    source: str
    description: str


class Settings(BaseSettings):
    """All settings. `load` makes them from where they come from."""

    model_config = SettingsConfigDict(extra="forbid", env_ignore_empty=True, hide_input_in_errors=True)

    exchange: str = Field(default="sim", min_length=1, description="Venue to connect to; sim starts a local one inside")
    network: Literal["mainnet", "testnet"] = Field(default="mainnet", description="Which of the venue's networks")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key at the venue")
    api_secret: SecretStr = Field(default=SecretStr(""), description="Secret of the key")
    api_passphrase: SecretStr = Field(
        default=SecretStr(""), description="Passphrase of the key, where the venue has one"
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address to listen on; beyond loopback only with AUTH_TOKEN"
    )
    port: int = Field(default=50051, ge=0, le=65535, description="Port to listen on; 0 takes any")
    auth_token: SecretStr = Field(default=SecretStr(""), description="Token that clients must send")
    config_file: Path | None = Field(default=None, description="YAML file with settings")
    exchange_rest_url: str = Field(
        default="", description="Root of the venue's REST interface, in place of the network's"
    )
    exchange_ws_url: str = Field(default="", description="Root of the venue's public WebSocket, likewise")
    exchange_ws_private_url: str = Field(default="", description="Root of the venue's private WebSocket, likewise")
    exchange_ws_trade_url: str = Field(
        default="", description="Root of the venue's order-entry WebSocket, likewise; none sends orders over REST"
    )
    log_format: Literal["json", "console"] = Field(default="json", description="Form of the log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged"
    )
    journal_dir: Path | None = Field(
        default=None, description="Directory to remember orders in, so that a killed process comes back knowing them"
    )
    record: Path | None = Field(default=None, description="File to record all inputs in")
    metrics_host: str = Field(default="127.0.0.1", min_length=1, description="Address of the Prometheus endpoint")
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of the Prometheus endpoint; unset: none"
    )
    stream_backlog: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Orders, accounts or positions that may wait for a slow client for 5 s; at once ten times as many",
    )
    conflated_backlog: int = Field(
        default=1_000,
        ge=200,
        le=100_000,
        description="Prices, candles or funding rates that may wait for a slow client",
    )

    _sources: dict[str, str] = {}
    _arguments: dict[str, Any] = {}

    @field_validator("exchange", "network", "log_format", "log_level", mode="before")
    @classmethod
    def _in_lower_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("exchange_rest_url", "exchange_ws_url", "exchange_ws_private_url", "exchange_ws_trade_url")
    @classmethod
    def _is_url(cls, value: str, info: ValidationInfo) -> str:
        schemes = ("http://", "https://") if info.field_name == "exchange_rest_url" else ("ws://", "wss://")
        if value == NO_SOCKET and info.field_name == "exchange_ws_trade_url":
            return value
        if value and not value.startswith(schemes):
            raise ValueError(f"must begin with {' or '.join(schemes)}")
        return value.rstrip("/")

    @field_validator("auth_token")
    @classmethod
    def _is_visible(cls, value: SecretStr) -> SecretStr:
        # Anything else could not be sent in a header.
        if not all("!" <= each <= "~" for each in value.get_secret_value()):
            raise ValueError("must consist of visible ASCII characters")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FileSource(settings_cls)

    @property
    def credentials(self) -> Credentials:
        return Credentials(
            key=self.api_key.get_secret_value(),
            secret=self.api_secret.get_secret_value(),
            passphrase=self.api_passphrase.get_secret_value(),
        )

    @property
    def endpoints(self) -> dict[str, str]:
        """The roots that are set, by the names of sansio_exchange.venue.Endpoints."""
        roots = {
            "rest": self.exchange_rest_url,
            "public": self.exchange_ws_url,
            "private": self.exchange_ws_private_url,
            "trade": self.exchange_ws_trade_url,
        }
        return {name: "" if url == NO_SOCKET else url for name, url in roots.items() if url}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        values = [getattr(self, name) for name in type(self).model_fields]
        return tuple(each.get_secret_value() for each in values if isinstance(each, SecretStr) and each)

    def reread(self) -> "Settings":
        """The settings as their sources have them now. Raises SettingsError."""
        return load(**self._arguments)

    def effective(self) -> list[Setting]:
        """Every setting with its value, secrets masked, and where the value comes from."""
        rows = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            shown = "" if value is None else str(value)
            if isinstance(value, SecretStr):
                shown = MASK if value.get_secret_value() else ""
            rows.append(Setting(name.upper(), shown, self._sources.get(name, "default"), field.description or ""))
        return rows


def load(**arguments: Any) -> Settings:
    """The settings that hold now; `arguments` (of a command line) win over all other sources.

    Raises SettingsError.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsError("; ".join(_said(each) for each in error.errors())) from None
    environment = {name.lower() for name, value in os.environ.items() if value}
    settings._arguments = given  # noqa: SLF001 - made here and nowhere else
    settings._sources = {  # noqa: SLF001 - made here and nowhere else
        name: "argument" if name in given else "environment" if name in environment else "file"
        for name in settings.model_fields_set
    }
    return settings


def _said(error: Any) -> str:
    name = ".".join(str(each) for each in error["loc"]).upper()
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


class _FileSource(PydanticBaseSettingsSource):
    """The YAML file that CONFIG_FILE names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise KeyError(field_name)  # the file is read as a whole, by __call__

    def __call__(self) -> dict[str, Any]:
        path = self.current_state.get("config_file")
        if not path:
            return {}
        content = _read(Path(path))
        known = set(self.settings_cls.model_fields) - {"config_file"} | {"exchanges"}
        _refuse_unknown(content, known, "")
        exchanges = _mapping(content.pop("exchanges", None), "exchanges")
        for name, entry in exchanges.items():
            _refuse_unknown(_mapping(entry, f"exchanges.{name}"), set(_OF_EXCHANGE), f"exchanges.{name}.")
        found = {key: _substituted(value, key) for key, value in content.items() if value is not None}
        chosen = str(self.current_state.get("exchange") or found.get("exchange") or "sim").strip().lower()
        for key, value in _mapping(exchanges.get(chosen), f"exchanges.{chosen}").items():
            if value is not None:
                found[_OF_EXCHANGE[key]] = _substituted(value, f"exchanges.{chosen}.{key}")
        return found


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"CONFIG_FILE: cannot read {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where else ""
        raise SettingsError(f"CONFIG_FILE: {path} is not YAML{line}") from None
    return dict(_mapping(content, str(path)))


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SettingsError(f"{name}: must be a mapping of names to values")
    return {str(key): each for key, each in value.items()}


def _refuse_unknown(content: Mapping[str, Any], known: set[str], prefix: str) -> None:
    for key in content:
        if key not in known:
            raise SettingsError(f"{prefix}{key}: is not a setting; known are {', '.join(sorted(known))}")


def _substituted(value: Any, name: str) -> Any:
    """`value` with each ${VARIABLE} replaced from the environment."""
    if not isinstance(value, str):
        return value

    def look_up(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if not found:
            raise SettingsError(f"{name}: the environment variable {match[1]} is not set")
        return found

    return _VARIABLE.sub(look_up, value)
