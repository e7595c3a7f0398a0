"""Parameters as the query of an address."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode


def query_string(params: Mapping[str, Any]) -> str:
    """`params` in their order, percent-encoded."""
    return urlencode(params, quote_via=quote, safe="")
