"""The first and the last reader of a topic are told; those between are not."""

from sansio_exchange.simulation.readers import Readers


def test_a_topic_starts_with_its_first_reader_and_stops_with_its_last() -> None:
    told: list[object] = []
    readers: Readers[str, str] = Readers(lambda topic, now_ms: told.append((topic, now_ms)), told.append)
    readers.add("x", 1, "one", 10)
    readers.add("x", 2, "two", 20)
    readers.add("x", 2, "two", 30)
    assert list(readers.of("x")) == ["one", "two"]
    readers.remove("x", 1)
    assert "x" in readers
    readers.remove("x", 2)
    readers.remove("x", 2)
    assert "x" not in readers
    assert list(readers.of("x")) == []
    assert told == [("x", 10), "x"]
