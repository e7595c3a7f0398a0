"""Topics: asked for once, agreed, refused, ended, and asked for anew on every socket."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.commands import Topic
from sansio_exchange.errors import ExchangeError, RateLimited, RequestRejected
from sansio_exchange.session.calls import REFUSALS_WAITED_OUT
from sansio_exchange.session.subscriptions import (
    ANSWER_WITHIN,
    ASK_AGAIN_AFTER,
    FRAME_SPACING,
    HOUR,
    TOPICS_PER_FRAME,
    Subscriptions,
)

A, B, C = (Topic("price", symbol) for symbol in ("A", "B", "C"))
NO = RequestRejected("no such topic")


class Ear:
    """Who waits."""

    def __init__(self) -> None:
        self.heard: list[ExchangeError | None] = []

    def __call__(self, error: ExchangeError | None) -> None:
        self.heard.append(error)


def test_a_topic_is_asked_for_once_however_many_want_it() -> None:
    subscriptions, ears = Subscriptions("public"), [Ear(), Ear()]
    for ear in ears:
        subscriptions.want(A, ear)
    assert subscriptions.next_frame(0.0) == ("public-1", True, (A,))
    assert subscriptions.next_frame(9.0) is None
    subscriptions.acknowledged("public-1", None)
    late = Ear()
    subscriptions.want(A, late)
    assert [ear.heard for ear in (*ears, late)] == [[None]] * 3
    assert subscriptions.deadline() is None


def test_the_last_to_go_ends_the_topic() -> None:
    subscriptions = Subscriptions("public")
    for _ in range(2):
        subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.forget(A)
    assert subscriptions.next_frame(1.0) is None
    subscriptions.forget(A)
    assert subscriptions.next_frame(1.0) == ("public-2", False, (A,))
    subscriptions.forget(A)
    assert len(subscriptions) == 0


def test_a_topic_wanted_again_before_its_end_was_sent_just_stands() -> None:
    """Some venues refuse to subscribe what is subscribed."""
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", None)
    subscriptions.forget(A)
    subscriptions.want(A, ear)
    assert ear.heard == [None]
    assert subscriptions.next_frame(1.0) is None
    subscriptions.forget(A)
    assert subscriptions.next_frame(2.0) == ("public-2", False, (A,))


def test_a_topic_wanted_again_before_it_was_agreed_waits_for_that_answer() -> None:
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.forget(A)
    subscriptions.want(A, ear)
    assert subscriptions.next_frame(1.0) is None
    subscriptions.acknowledged("public-1", None)
    assert ear.heard == [None]


def test_a_topic_wanted_again_that_was_agreed_after_nobody_wanted_it_stands() -> None:
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.forget(A)
    subscriptions.acknowledged("public-1", None)
    subscriptions.want(A, ear)
    assert ear.heard == [None]
    assert subscriptions.next_frame(1.0) is None


def test_a_refusal_because_the_topic_stands_is_an_agreement_where_it_was_asked_for_alone() -> None:
    subscriptions, a, b = Subscriptions("public"), Ear(), Ear()
    subscriptions.want(A, a)
    subscriptions.want(B, b)
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", NO, stands=True)
    assert a.heard == b.heard == []
    subscriptions.next_frame(1.0)
    subscriptions.acknowledged("public-2", NO, stands=True)
    assert a.heard == [None]


def test_frames_are_spaced_and_bounded() -> None:
    subscriptions = Subscriptions("public")
    for n in range(TOPICS_PER_FRAME + 1):
        subscriptions.want(Topic("price", str(n)), Ear())
    first = subscriptions.next_frame(0.0)
    assert first is not None
    assert len(first[2]) == TOPICS_PER_FRAME
    assert subscriptions.next_frame(0.0) is None
    assert subscriptions.deadline() == FRAME_SPACING
    second = subscriptions.next_frame(FRAME_SPACING)
    assert second is not None
    assert len(second[2]) == 1


def test_topics_refused_together_are_asked_for_one_by_one() -> None:
    subscriptions, a, b = Subscriptions("public"), Ear(), Ear()
    subscriptions.want(A, a)
    subscriptions.want(B, b)
    frame = subscriptions.next_frame(0.0)
    assert frame is not None
    subscriptions.acknowledged(frame[0], NO)
    assert a.heard == b.heard == []
    for mono, error in ((1.0, None), (2.0, NO)):
        frame = subscriptions.next_frame(mono)
        assert frame is not None
        assert len(frame[2]) == 1
        subscriptions.acknowledged(frame[0], error)
    assert (a.heard, b.heard) == ([None], [NO])
    assert len(subscriptions) == 1


TOO_MANY = RateLimited("too many", retry_after=2.0)


def test_topics_refused_for_the_rate_are_asked_for_again_together_after_a_pause() -> None:
    subscriptions, a, b = Subscriptions("public"), Ear(), Ear()
    subscriptions.want(A, a)
    subscriptions.want(B, b)
    subscriptions.next_frame(0.0)
    assert subscriptions.acknowledged("public-1", TOO_MANY) == ()
    subscriptions.pause(2.0)
    assert subscriptions.deadline() == 2.0
    assert subscriptions.next_frame(1.9) is None
    assert subscriptions.next_frame(2.0) == ("public-2", True, (A, B))
    subscriptions.acknowledged("public-2", None)
    assert a.heard == b.heard == [None]


def test_but_not_for_ever() -> None:
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, ear)
    for number in range(REFUSALS_WAITED_OUT + 1):
        assert ear.heard == []
        subscriptions.next_frame(float(number))
        subscriptions.acknowledged(f"public-{number + 1}", TOO_MANY)
    assert ear.heard == [TOO_MANY]
    assert subscriptions.next_frame(100.0) is None


def test_then_one_by_one_so_that_one_costs_no_other() -> None:
    subscriptions, a, b = Subscriptions("public"), Ear(), Ear()
    subscriptions.want(A, a)
    subscriptions.want(B, b)
    for number in range(REFUSALS_WAITED_OUT + 1):
        assert subscriptions.next_frame(float(number)) == (f"public-{number + 1}", True, (A, B))
        subscriptions.acknowledged(f"public-{number + 1}", TOO_MANY)
    assert subscriptions.next_frame(10.0) == ("public-5", True, (A,))
    subscriptions.acknowledged("public-5", None)
    assert subscriptions.next_frame(11.0) == ("public-6", True, (B,))
    subscriptions.acknowledged("public-6", TOO_MANY)
    assert a.heard == [None]
    assert b.heard == [TOO_MANY]


def test_a_topic_agreed_before_and_refused_now_is_said_and_tried_again_on_the_next_socket() -> None:
    subscriptions = Subscriptions("public")
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", None)
    subscriptions.disconnected()
    subscriptions.next_frame(1.0)
    assert subscriptions.acknowledged("public-2", NO) == (A,)
    assert subscriptions.next_frame(2.0) is None
    subscriptions.disconnected()
    assert subscriptions.next_frame(3.0) == ("public-3", True, (A,))


def refused_on_its_second_socket(*topics: Topic) -> Subscriptions:
    """Agreed to on the first; the refusals come one by one, at 1.0."""
    subscriptions = Subscriptions("public")
    for topic in topics:
        subscriptions.want(topic, Ear())
    assert subscriptions.next_frame(0.0) is not None
    subscriptions.acknowledged("public-1", None)
    subscriptions.disconnected()
    subscriptions.next_frame(1.0)
    subscriptions.acknowledged("public-2", NO)
    return subscriptions


def test_what_was_agreed_before_and_is_refused_once_is_asked_for_again_on_the_same_socket() -> None:
    subscriptions, late = refused_on_its_second_socket(A), Ear()
    assert subscriptions.is_settled
    assert subscriptions.deadline() == 1.0 + ASK_AGAIN_AFTER
    assert subscriptions.next_frame(0.9 + ASK_AGAIN_AFTER) is None
    assert subscriptions.next_frame(1.0 + ASK_AGAIN_AFTER) == ("public-3", True, (A,))
    subscriptions.acknowledged("public-3", None)
    subscriptions.want(A, late)
    assert late.heard == [None]
    assert subscriptions.deadline() is None


def test_a_topic_that_stays_refused_is_asked_for_ever_more_rarely_and_at_least_once_an_hour() -> None:
    subscriptions = refused_on_its_second_socket(A)
    asked_at = [1.0]
    while len(asked_at) < 20:
        at = subscriptions.deadline()
        assert at is not None
        frame = subscriptions.next_frame(at)
        assert frame is not None
        subscriptions.acknowledged(frame[0], NO)
        asked_at.append(at)
    pauses = [after - before for before, after in pairwise(asked_at)]
    assert pauses[:3] == [ASK_AGAIN_AFTER, 2 * ASK_AGAIN_AFTER, 4 * ASK_AGAIN_AFTER]
    assert pauses == sorted(pauses)
    assert pauses[-1] == HOUR


def test_what_was_refused_and_nobody_wants_any_more_is_not_asked_for_again() -> None:
    subscriptions = refused_on_its_second_socket(A)
    subscriptions.forget(A)
    subscriptions.next_frame(2.0)
    subscriptions.acknowledged("public-3", NO)
    assert subscriptions.next_frame(HOUR) is None
    assert subscriptions.deadline() is None


def test_who_was_refused_at_the_first_asking_has_nothing_asked_for_again() -> None:
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, ear)
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", NO)
    assert ear.heard == [NO]
    assert subscriptions.next_frame(HOUR) is None
    assert subscriptions.deadline() is None


def test_what_is_to_be_asked_for_again_waits_for_the_hours_limit_of_frames() -> None:
    subscriptions = Subscriptions("public", frames_per_hour=2)
    subscriptions.want(A, None)
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", NO)
    subscriptions.next_frame(ASK_AGAIN_AFTER)
    subscriptions.acknowledged("public-2", NO)
    assert subscriptions.next_frame(3 * ASK_AGAIN_AFTER) is None
    assert subscriptions.deadline() == HOUR
    assert subscriptions.next_frame(HOUR) == ("public-3", True, (A,))


def test_who_wants_what_was_refused_has_it_asked_for_again() -> None:
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", None)
    subscriptions.disconnected()
    subscriptions.next_frame(1.0)
    subscriptions.acknowledged("public-2", NO)
    subscriptions.want(A, ear)
    assert subscriptions.next_frame(2.0) == ("public-3", True, (A,))
    subscriptions.acknowledged("public-3", None)
    assert ear.heard == [None]


def test_who_gave_up_hears_nothing() -> None:
    subscriptions, gone, stays = Subscriptions("public"), Ear(), Ear()
    subscriptions.want(A, gone)
    subscriptions.want(A, stays)
    subscriptions.next_frame(0.0)
    subscriptions.forget(A, gone)
    subscriptions.acknowledged("public-1", None)
    assert (gone.heard, stays.heard) == ([], [None])


def test_an_answer_that_does_not_come_is_overdue() -> None:
    subscriptions = Subscriptions("public")
    subscriptions.want(A, Ear())
    subscriptions.next_frame(5.0)
    assert subscriptions.deadline() == 5.0 + ANSWER_WITHIN
    assert not subscriptions.overdue(5.0 + ANSWER_WITHIN - 0.1)
    assert subscriptions.overdue(5.0 + ANSWER_WITHIN)
    subscriptions.disconnected()
    assert not subscriptions.overdue(99.0)


def test_answers_to_nobody_are_ignored() -> None:
    assert Subscriptions("public").acknowledged("public-9", None) == ()


ACTS = st.lists(
    st.tuples(st.sampled_from(["want", "forget", "send", "ack", "old ack", "disconnect"]), st.sampled_from([A, B, C])),
    max_size=50,
)


@given(ACTS)
def test_in_the_end_the_venue_sends_what_is_wanted(acts: list[tuple[str, Topic]]) -> None:
    subscriptions = Subscriptions("public")
    wanted = {A: 0, B: 0, C: 0}
    ears: list[Ear] = []
    venue: set[Topic] = set()
    unanswered: list[str] = []
    mono = 0.0

    def send() -> bool:
        frame = subscriptions.next_frame(mono)
        if frame is None:
            return False
        frame_id, subscribe, topics = frame
        assert len(set(topics)) == len(topics)
        venue.update(topics) if subscribe else venue.difference_update(topics)
        unanswered.append(frame_id)
        return True

    for act, topic in acts:
        mono += 1.0
        match act:
            case "want":
                ears.append(Ear())
                wanted[topic] += 1
                subscriptions.want(topic, ears[-1])
            case "forget" if wanted[topic]:
                wanted[topic] -= 1
                subscriptions.forget(topic)
            case "send":
                send()
            case "ack" if unanswered:
                subscriptions.acknowledged(unanswered.pop(0), None)
            case "old ack":
                subscriptions.acknowledged("public-0", NO)
            case "disconnect":
                subscriptions.disconnected()
                venue.clear()
                unanswered.clear()
    while subscriptions.deadline() is not None:
        mono += 1.0
        if not send():
            subscriptions.acknowledged(unanswered.pop(0), None)
    assert venue == {topic for topic, count in wanted.items() if count}
    assert all(ear.heard in ([], [None]) for ear in ears)
    assert len(subscriptions) == len(venue)


def test_a_venue_that_answers_topic_by_topic_has_agreed_when_it_has_agreed_to_all() -> None:
    subscriptions, ears = Subscriptions("public"), [Ear(), Ear()]
    for topic, ear in zip((A, B), ears, strict=True):
        subscriptions.want(topic, ear)
    subscriptions.next_frame(0.0)
    subscriptions.expect("public-1", 2)
    subscriptions.acknowledged("public-1", None)
    assert [ear.heard for ear in ears] == [[], []]
    assert subscriptions.overdue(ANSWER_WITHIN)
    subscriptions.acknowledged("public-1", None)
    assert [ear.heard for ear in ears] == [[None], [None]]
    assert not subscriptions.overdue(ANSWER_WITHIN)


def test_one_refusal_of_several_answers_has_each_topic_asked_for_alone() -> None:
    subscriptions, ears = Subscriptions("public"), [Ear(), Ear()]
    for topic, ear in zip((A, B), ears, strict=True):
        subscriptions.want(topic, ear)
    subscriptions.next_frame(0.0)
    subscriptions.expect("public-1", 2)
    subscriptions.acknowledged("public-1", None)
    subscriptions.acknowledged("public-1", NO)
    assert subscriptions.acknowledged("public-1", None) == (), "a late answer to a frame that has ended"
    assert [subscriptions.next_frame(at) for at in (1.0, 2.0)] == [("public-2", True, (A,)), ("public-3", True, (B,))]
    subscriptions.acknowledged("public-2", None)
    subscriptions.acknowledged("public-3", NO)
    assert [ear.heard for ear in ears] == [[None], [NO]]


def test_no_more_frames_than_the_venue_takes_in_an_hour_on_one_connection() -> None:
    subscriptions = Subscriptions("public", frames_per_hour=2)
    for number, topic in enumerate((A, B, C)):
        subscriptions.want(topic, Ear())
        subscriptions.next_frame(float(number))
        subscriptions.acknowledged(f"public-{number + 1}", None)
    assert subscriptions.deadline() == HOUR, "when the first of them is an hour old"
    assert subscriptions.next_frame(HOUR - 0.1) is None
    assert subscriptions.next_frame(HOUR) == ("public-3", True, (C,))


def test_another_connection_has_frames_of_its_own() -> None:
    subscriptions = Subscriptions("public", frames_per_hour=1)
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.disconnected()
    assert subscriptions.next_frame(1.0) == ("public-2", True, (A,))


def test_who_comes_while_a_topic_is_ended_to_be_asked_for_again_waits_for_that() -> None:
    subscriptions, ear = Subscriptions("public"), Ear()
    subscriptions.want(A, Ear())
    subscriptions.next_frame(0.0)
    subscriptions.acknowledged("public-1", None)
    subscriptions.renew(A, renewed := Ear())
    subscriptions.want(A, ear)
    assert subscriptions.next_frame(1.0) == ("public-2", False, (A,))
    subscriptions.acknowledged("public-2", None)
    assert subscriptions.next_frame(2.0) == ("public-3", True, (A,))
    subscriptions.acknowledged("public-3", None)
    assert ear.heard == renewed.heard == [None]


def refused_for_the_rate(subscriptions: Subscriptions, times: int) -> None:
    """Topic A, and as often asked for again at once."""
    for _ in range(times):
        frame = subscriptions.next_frame(subscriptions._next_frame_at)
        assert frame is not None
        subscriptions.acknowledged(frame[0], TOO_MANY)


def test_how_often_it_was_refused_is_forgotten_when_it_is_agreed() -> None:
    subscriptions = Subscriptions("public")
    subscriptions.want(A, None)
    refused_for_the_rate(subscriptions, REFUSALS_WAITED_OUT)
    frame = subscriptions.next_frame(subscriptions._next_frame_at)
    assert frame is not None
    assert subscriptions.is_waited_out(frame[0])
    subscriptions.acknowledged(frame[0], None)
    subscriptions.renew(A, Ear())
    frame = subscriptions.next_frame(subscriptions._next_frame_at)
    assert frame is not None
    subscriptions.acknowledged(frame[0], None)
    refused_for_the_rate(subscriptions, REFUSALS_WAITED_OUT)
    assert not subscriptions._refused


@pytest.mark.parametrize("by", ["another socket", "a successor"])
def test_it_is_remembered_beyond_the_socket(by: str) -> None:
    subscriptions = Subscriptions("public")
    subscriptions.want(A, None)
    refused_for_the_rate(subscriptions, REFUSALS_WAITED_OUT)
    subscriptions.disconnected()
    if by == "a successor":
        subscriptions = subscriptions.anew()
    frame = subscriptions.next_frame(FRAME_SPACING * 10)
    assert frame is not None
    assert subscriptions.is_waited_out(frame[0])


def test_a_frame_that_is_refused_once_for_each_of_its_topics_is_waited_out_each_time() -> None:
    subscriptions = Subscriptions("public")
    for topic in (A, B):
        subscriptions.want(topic, None)
    refused_for_the_rate(subscriptions, REFUSALS_WAITED_OUT)
    frame = subscriptions.next_frame(FRAME_SPACING * 10)
    assert frame is not None
    for _ in range(2):
        assert subscriptions.is_waited_out(frame[0])
        subscriptions.acknowledged(frame[0], TOO_MANY)
    assert not subscriptions.is_waited_out("another")


def test_another_connection_takes_frames_of_its_own() -> None:
    subscriptions = Subscriptions("public", frames_per_hour=1)
    subscriptions.want(A, None)
    assert subscriptions.next_frame(0.0) is not None
    subscriptions.want(B, None)
    assert subscriptions.next_frame(1.0) is None
    assert subscriptions.may_ask(1.0), "not to answer is no excuse for a socket that takes nothing"
    subscriptions.disconnected()
    assert subscriptions.next_frame(2.0) is not None


def test_a_pause_holds_on_another_connection_too() -> None:
    subscriptions = Subscriptions("public")
    subscriptions.want(A, None)
    subscriptions.pause(5.0)
    subscriptions.disconnected()
    assert not subscriptions.may_ask(4.9)
    assert subscriptions.next_frame(4.9) is None
    assert subscriptions.next_frame(5.0) is not None
