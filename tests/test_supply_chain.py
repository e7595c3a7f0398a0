"""Nothing shadows the standard library, and what is installed is locked: connector_prevention_strategies 4."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BACKPORTS = {"_distutils_hack"}


def test_our_packages_shadow_nothing() -> None:
    for name in ("sansio_exchange", "transport", "service"):
        assert name not in sys.stdlib_module_names


def test_no_installed_package_shadows_the_standard_library() -> None:
    installed = {name for name in packages_distributions() if name.isidentifier()} - BACKPORTS
    assert installed & sys.stdlib_module_names == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_requirement_is_exact_and_hashed(lock: str) -> None:
    text = re.sub(r"\\\n\s*", " ", (ROOT / lock).read_text())
    requirements = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(requirements) > 20
    for line in requirements:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==\S+", line), line
        assert "--hash=sha256:" in line, line
