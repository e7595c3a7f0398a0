"""An answer's code says how many of its rows failed."""

import pytest

from sansio_exchange.simulation.okx.call import answer_of


@pytest.mark.parametrize(
    ("codes", "code", "msg"),
    [
        (["0", "0"], "0", ""),
        (["0", "51000"], "2", "Bulk operation partially succeeded."),
        (["51000", "51001"], "1", "All operations failed"),
    ],
)
def test_code_and_message_of_all_rows(codes: list[str], code: str, msg: str) -> None:
    answer = answer_of([{"sCode": each} for each in codes])
    assert (answer.code, answer.msg) == (code, msg)
