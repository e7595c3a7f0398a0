"""Imports point one way, and the core stays pure: service -> transport -> sansio_exchange.

Read from the sources, so that an import within a function counts as well.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("sansio_exchange", "transport", "service")
"""From the bottom up: a layer imports itself and what stands before it."""
PURE_MODULES = """
    __future__ abc array base64 bisect collections contextlib copy dataclasses datetime decimal enum fractions functools
    hashlib heapq hmac html itertools json math numbers operator re statistics string struct textwrap types typing zlib
"""
"""Of the standard library, what neither reads nor changes anything outside of its arguments."""
PURE = frozenset([*PURE_MODULES.split(), "msgspec", "sansio_exchange"])
PURE_PARTS = ("urllib.parse.", "email.utils.parsedate")
"""The same of modules that offer other things too."""


def sources(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a file imports; relative imports stay in their layer."""
    for node in ast.walk(ast.parse(path.read_text(), path)):
        match node:
            case ast.Import(names):
                yield from ((node.lineno, each.name) for each in names)
            case ast.ImportFrom(str(module), names, 0):
                yield from ((node.lineno, f"{module}.{each.name}") for each in names)


def offences(layer: str, is_wrong: Callable[[str], bool]) -> list[str]:
    files = sources(layer)
    assert files
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}" for path in files for line, name in imports(path) if is_wrong(name)
    ]


def top(name: str) -> str:
    return name.partition(".")[0]


def is_impure(name: str) -> bool:
    return top(name) not in PURE and not name.startswith(PURE_PARTS)


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_point_down(layer: str) -> None:
    above = {*LAYERS[LAYERS.index(layer) + 1 :], "tests"}
    assert offences(layer, lambda name: top(name) in above) == []


def test_the_core_imports_pure_modules_and_msgspec_alone() -> None:
    assert offences("sansio_exchange", is_impure) == []


def test_the_core_reads_no_clock_and_no_file() -> None:
    """What pure modules and built-ins offer all the same."""
    wrong = []
    for path in sources("sansio_exchange"):
        for node in ast.walk(ast.parse(path.read_text(), path)):
            match node:
                case ast.Call(ast.Attribute(ast.Name("datetime" | "date"), "now" | "utcnow" | "today")):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: reads the clock")
                case ast.Call(ast.Name("open" | "input" | "print" | "exec" | "eval" | "__import__" as name)):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}()")
    assert wrong == []


def test_the_transport_knows_neither_grpc_nor_any_one_venue() -> None:
    others = ("grpclib", "betterproto2", "structlog", "starlette", "uvicorn", "sansio_exchange.binance")
    assert offences("transport", lambda name: name.startswith(others)) == []


@pytest.mark.parametrize("name", ["time", "random.Random", "os.path", "socket", "urllib.request", "asyncio", "logging"])
def test_what_the_core_may_not_import_is_seen(name: str) -> None:
    assert top(name) in sys.stdlib_module_names
    assert is_impure(name)


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("import a.b\ndef f():\n    from c import d\nfrom . import e\n")
    assert list(imports(tmp_path / "x.py")) == [(1, "a.b"), (3, "c.d")]
