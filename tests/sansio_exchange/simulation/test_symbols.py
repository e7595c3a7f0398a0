from sansio_exchange.numbers import is_multiple
from sansio_exchange.simulation.symbols import character, default_rules
from tests.sansio_exchange.simulation.bare import RULES, D


def test_defaults_are_consistent_with_themselves() -> None:
    rules = default_rules()
    assert {"BTCUSDT", "ETHUSDT", "SOLUSDT"} <= {each.symbol for each in rules}
    for each in rules:
        price = character(each).price
        assert is_multiple(price, each.tick_size)
        assert is_multiple(each.min_quantity, each.step_size)
        assert is_multiple(each.min_price, each.tick_size)
        assert each.min_price < price < each.max_price
        assert -int(each.tick_size.normalize().as_tuple().exponent) == each.price_precision
        assert max(0, -int(each.step_size.normalize().as_tuple().exponent)) == each.quantity_precision


def test_bitcoin_is_as_on_the_venue() -> None:
    bitcoin = default_rules()[0]
    assert (bitcoin.tick_size, bitcoin.step_size, bitcoin.min_notional) == (D("0.1"), D("0.001"), D(100))


def test_an_unknown_symbol_has_a_character_too() -> None:
    assert character(RULES).price == 5_000
    assert character(RULES, D(80)).price == 80
