"""From a request as it came to a response."""

from hypothesis import given
from hypothesis import strategies as st

from tests.sansio_exchange.simulation.bitget.desk import Desk, refused

PLACE = "mix/order/place-order"


def test_an_unknown_path_and_a_wrong_method_are_refused(desk: Desk) -> None:
    assert refused(desk.send("GET", "/api/v2/nope")) == (404, "40404")
    assert refused(desk.send("POST", "/api/v2/public/time")) == (405, "405")


def test_a_body_must_be_a_json_object(desk: Desk) -> None:
    assert refused(desk.signed("POST", PLACE, body="{}", content_type="text/plain")) == (400, "40007")
    for body in ("", "[]", "{", '"x"', '{"symbol":"\ud83d'.encode("utf-8", "replace").decode()):
        assert refused(desk.signed("POST", PLACE, body=body)) == (400, "40017")


SHARED = Desk()


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.none(), st.booleans())))
def test_any_body_earns_an_answer(params: dict[str, object]) -> None:
    SHARED.jump(1000)
    status, _ = SHARED.refusal("POST", PLACE, **{name: value for name, value in params.items() if name != "method"})
    assert status == 400
