"""Which venues there are: the one place that knows all of them by name."""

from collections.abc import Callable, Mapping

from msgspec import structs

from sansio_exchange.binance import NETWORKS as BINANCE_NETWORKS
from sansio_exchange.binance import Binance
from sansio_exchange.bitget import NETWORKS as BITGET_NETWORKS
from sansio_exchange.bitget import Bitget
from sansio_exchange.bybit import NETWORKS as BYBIT_NETWORKS
from sansio_exchange.bybit import Bybit
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.gate import NETWORKS as GATE_NETWORKS
from sansio_exchange.gate import Gate
from sansio_exchange.okx import NETWORKS as OKX_NETWORKS
from sansio_exchange.okx import Okx
from sansio_exchange.venue import Endpoints, Venue

NETWORKS: Mapping[str, Mapping[str, Endpoints]] = {
    "binance": BINANCE_NETWORKS,
    "okx": OKX_NETWORKS,
    "bybit": BYBIT_NETWORKS,
    "bitget": BITGET_NETWORKS,
    "gate": GATE_NETWORKS,
}
"""Endpoints by venue and network ("mainnet", "testnet")."""
_CLASSES: Mapping[str, Callable[[Endpoints], Venue]] = {
    "binance": Binance,
    "okx": Okx,
    "bybit": Bybit,
    "bitget": Bitget,
    "gate": Gate,
}


def make_venue(name: str, *, network: str = "mainnet", endpoints: Mapping[str, str] | None = None) -> Venue:
    """The venue called `name`; `endpoints` replaces single roots of the network's (rest, public, private, trade).

    Raises InvalidRequest for a venue or network that does not exist.
    """
    if name not in NETWORKS:
        raise InvalidRequest("exchange", f"{name!r} is not one of {', '.join(sorted(NETWORKS))}")
    networks = NETWORKS[name]
    if network not in networks:
        raise InvalidRequest("network", f"{network!r} is not one of {', '.join(sorted(networks))}")
    return _CLASSES[name](structs.replace(networks[network], **dict(endpoints or {})))
