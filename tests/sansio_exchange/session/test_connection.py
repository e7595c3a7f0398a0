"""One socket's life: the table, and the named times at which something is due."""

from sansio_exchange.session.connection import Connection, Trigger
from sansio_exchange.venue import Socket


def test_a_socket_whose_silence_is_normal_is_pinged_and_dead_without_an_answer() -> None:
    connection = Connection(Socket("private", stale_after=40, ping_every=15), seed=1)
    for trigger in (Trigger.WANTED, Trigger.ADDRESS_KNOWN, Trigger.OPENED, Trigger.SUBSCRIBED):
        connection.fire(trigger, 100)
    assert connection.deadline() == 115
    assert not connection.ping_is_due(114)
    assert connection.ping_is_due(115)
    assert not connection.ping_is_due(115)
    assert connection.overdue(139) == ""
    assert connection.overdue(140) == "nothing heard for 40 s"
