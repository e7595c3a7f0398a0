"""When the connector noticed that the venue died, and when it was back."""

import asyncio
import time

import pytest

from tests.soak.health import HealthWatch


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def watch(*changes: tuple[float, bool]) -> HealthWatch:
    health = HealthWatch(0)
    for at, is_serving in changes:
        health.note(at, is_serving=is_serving)
    return health


@pytest.mark.anyio
async def test_the_first_change_since_then_counts() -> None:
    now = time.monotonic()
    health = watch((now, True), (now + 1, False), (now + 3, True), (now + 4, False))
    assert await health.until(serving=False, since=now + 0.5, within=1) == pytest.approx(0.5)
    assert await health.until(serving=True, since=now + 2, within=1) == pytest.approx(1)


@pytest.mark.anyio
async def test_it_waits_for_a_change() -> None:
    now = time.monotonic()
    health = watch((now, True))
    waiting = asyncio.create_task(health.until(serving=False, since=now, within=10))
    await asyncio.sleep(0)
    health.note(now + 2, is_serving=False)
    assert await waiting == pytest.approx(2)


@pytest.mark.anyio
async def test_none_says_that_it_did_not_happen_in_time() -> None:
    now = time.monotonic()
    assert await watch((now, True)).until(serving=False, since=now, within=0) is None
