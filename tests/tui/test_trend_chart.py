from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from usagebill_tui.tui.widgets.trend import Bar, TrendChart


class Shown(App[None]):
    """One chart and nothing else."""

    def __init__(self, bars: Sequence[Bar], unit: str = "", currency: str | None = None) -> None:
        super().__init__()
        self._bars, self._unit, self._currency = bars, unit, currency

    def compose(self) -> ComposeResult:
        chart = TrendChart()
        chart.show_bars("Tokens by day", self._bars, unit=self._unit, currency=self._currency)
        yield chart


def bars(*values: str | None) -> list[Bar]:
    return [
        Bar(f"{n} Nov", None if one is None else Decimal(one), inside=n > 2)
        for n, one in enumerate(values, 1)
    ]


async def drawn(app: Shown, size: tuple[int, int] = (60, 12)) -> list[str]:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return str(app.query_one(TrendChart).render()).splitlines()


async def test_heights_are_in_proportion_and_values_are_written() -> None:
    lines = await drawn(Shown(bars("4", "8", None, "2"), unit="token"))
    assert lines[0] == "Tokens by day  peak 8 token on 2 Nov, latest 2 token on 4 Nov"
    columns = [
        "".join(line[place] if place < len(line) else " " for line in lines[1:-1])
        for place in (9, 17, 25, 33)
    ]
    assert [column.count("█") for column in columns] == [4, 8, 0, 2]
    assert [line[:8].strip() for line in lines[1:-1] if line[:8].strip()] == ["8", "4", "0"]
    assert "│3 Nov" in lines[-1]
    assert lines[-1].index("│") == 9 + 2 * 8


async def test_money_is_written_as_money() -> None:
    lines = await drawn(Shown(bars("4", "1200"), currency="USD"))
    assert "peak $1,200.00 on 2 Nov" in lines[0]


async def test_more_bars_than_columns_show_the_latest() -> None:
    many = [Bar(str(n), Decimal(n)) for n in range(500)]
    lines = await drawn(Shown(many), (40, 8))
    assert all(len(line) <= 40 for line in lines[1:])
    assert lines[-1].endswith("499")


@pytest.mark.parametrize("size", [(1, 1), (12, 3), (30, 4)])
@pytest.mark.parametrize("values", [(), (None,), ("0", "0"), ("-5", "3"), ("1e18", "1e-18")])
async def test_nothing_is_too_small_to_draw(size: tuple[int, int], values: tuple[str | None, ...]) -> None:
    await drawn(Shown(bars(*values)), size)


@settings(max_examples=60)
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.none(), max_size=80))
def test_words_name_the_largest_and_the_last(values: list[Decimal | None]) -> None:
    chart = TrendChart()
    chart.show_bars("x", [Bar(str(n), one) for n, one in enumerate(values)])
    known = [(one, n) for n, one in enumerate(values) if one is not None]
    if not known:
        assert chart.words() == "no value"
        return
    first = next(n for one, n in known if one == max(value for value, _ in known))
    assert f" on {first}, latest " in chart.words()
    assert chart.words().endswith(f" on {known[-1][1]}")
