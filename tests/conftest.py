"""Every test of asynchronous code runs on both backends unless it says why not."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Venue payloads and recorded sessions that are kept beside the project, not in it."""
    if not SHARED.is_dir():
        pytest.skip("the shared fixtures are not beside this checkout")
    return SHARED
