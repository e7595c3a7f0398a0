"""What HTTP and WebSocket have in common: whom to trust, which proxy to use, how we introduce ourselves."""

import ipaddress
import ssl
from urllib.parse import urlsplit

import httpx

USER_AGENT = "exchange-connector"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def tls_context() -> ssl.SSLContext:
    """Verified TLS, for HTTP and WebSocket alike.

    Trusts the authorities in SSL_CERT_FILE or SSL_CERT_DIR where one is set (a company's own proxy wants that), else
    Mozilla's list, which also a container without certificates of its own then has.
    """
    return httpx.create_ssl_context()


def may_use_proxy(url: str) -> bool:
    """Whether a proxy named in the environment applies: never to this machine itself, where the local venue lives."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
