"""How everything is run. `nox` alone is what CI runs; `nox --list` tells the rest."""

import os
import shutil
import subprocess
from pathlib import Path

import nox

HERE = Path(__file__).parent
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "proto", "tests"]


def _runs(python: str) -> bool:
    """Whether the command exists and starts: a pyenv shim exists for versions that are not switched on."""
    found = shutil.which(python)
    if found is None:
        return False
    return subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0  # noqa: S603 - a Python


def _find_pythons() -> list[str]:
    """Every supported Python that is present, pyenv's included."""
    for version in SUPPORTED:
        if not _runs(f"python{version}"):
            for folder in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin"), reverse=True):
                os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
                break
    return [version for version in SUPPORTED if _runs(f"python{version}")]


PYTHONS = _find_pythons()


def _install(session: nox.Session, lock: str = "requirements-dev.lock") -> None:
    """The locked dependencies, then the project itself."""
    session.install("--quiet", "-r", lock)
    session.install("--quiet", "--no-deps", "-e", ".")


@nox.session
def demo(session: nox.Session) -> None:
    """A local venue, the connector, and a sample maker trading through it: a live table. No account needed."""
    _install(session, "requirements.lock")
    session.run("exchange-connector", "demo", *session.posargs)


@nox.session
def serve(session: nox.Session) -> None:
    """The connector; with no configuration it brings its own local venue."""
    _install(session, "requirements.lock")
    session.run("exchange-connector", "serve", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting and lint."""
    session.install("--quiet", "-r", "requirements-dev.lock")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types, of the tests too."""
    _install(session)
    session.run("mypy")


@nox.session
def proto(session: nox.Session) -> None:
    """The contract: lint, nothing broken that is published, and stubs that are what the generator makes of it."""
    session.install("--quiet", "-r", "requirements-dev.lock")
    session.run("buf", "lint", "proto")
    session.run("buf", "breaking", "proto", "--against", "proto/published/exchange_v1.binpb")
    session.run("python", "proto/generate.py", "--check")


@nox.session
def generate(session: nox.Session) -> None:
    """Write service/stubs anew from proto/."""
    session.install("--quiet", "-r", "requirements-dev.lock")
    session.run("python", "proto/generate.py")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, on both backends, on every supported Python that is present."""
    _install(session)
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What it costs: a table and build/benchmarks.json. Name benchmarks to run only these (-- decode orders)."""
    _install(session)
    session.install("--quiet", "grpcio-tools")  # the peer, with its compiler
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Half an hour of load, the venue killed in every minute: nothing lost, nothing grown? (-- --exchange okx)

    With -- --virtual-hours 24 on the simulation's clock. Writes build/soak.json and build/soak.png.
    """
    _install(session)
    session.run("python", "-m", "tests.soak", *session.posargs)


@nox.session
def backtest(session: nox.Session) -> None:
    """The sample maker through a virtual day on the local venue: fills, profit, and a plot."""
    _install(session)
    session.run("exchange-connector", "backtest", *session.posargs)


@nox.session
def simulate(session: nox.Session) -> None:
    """The whole system in bad weather: -- --seeds 1000 [--exchange V] [--seed N] [--shrink]."""
    _install(session)
    session.run("python", "-m", "tests.simulation", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write requirements.lock and requirements-dev.lock anew: hashes for every platform, no index."""
    session.install("--quiet", "uv")
    compile_lock = ("uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11")
    options = ("--generate-hashes", "--no-emit-index-url", "--no-header", *session.posargs)
    session.run(*compile_lock, *options, "-o", "requirements.lock")
    groups = ("--group", "test", "--group", "lint", "--group", "proto", "--extra", "plot")
    session.run(*compile_lock, *options, *groups, "-o", "requirements-dev.lock")
