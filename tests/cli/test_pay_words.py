"""What `usagebill pay` says beside the invoice."""

from tests.cli.conftest import Command


def test_what_was_paid_too_much_is_owed_back_and_a_day_to_come_is_named(filled: Command) -> None:
    assert filled("bill", "2023-11", "--finalize").code == 0
    over = filled("pay", "INV-0001", "--amount", "1000", "--date", "2023-12-01")
    assert "1000.00 USD paid" in over.err
    assert " owed back, paid" in over.err
    assert "day to come" not in over.err
    typed = filled("pay", "INV-0001", "--amount", "1", "--date", "2999-01-01")
    assert "2999-01-01 is a day to come" in typed.err
    assert "record --amount -1.00 --date 2999-01-01" in typed.err
