"""Prices and charges as these tests write them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from usagebill_tui.domain.pricing import Charge, PricedEvent, charge, price_from_table
from usagebill_tui.domain.quantity import plain
from usagebill_tui.plugin.registry import builtin_registry

Table = dict[str, Any]


def charged(
    table: Mapping[str, Any],
    units: str | int | Decimal | None,
    currency: str = "USD",
    events: Sequence[str] = (),
) -> Charge:
    """Charge units by a price written as a table."""
    price = price_from_table(table)
    model = builtin_registry().pricing_model(price.model)
    return charge(
        None if units is None else Decimal(units),
        price,
        model,
        currency,
        [PricedEvent(Decimal(amount)) for amount in events],
    )


def told(result: Charge) -> str:
    """Write the steps of a charge on one line, with plain numbers."""
    return "; ".join(
        f"{step.description}"
        f"{'' if step.unit_amount is None else f' × {plain(step.unit_amount)}'} = {plain(step.amount)}"
        for step in result.steps
    )


def decimals(most: int = 10**6, places: int = 6) -> st.SearchStrategy[Decimal]:
    """Draw numbers from 0 to `most` with up to `places` digits after the point."""
    return st.integers(0, most * 10**places).map(lambda whole: Decimal(whole).scaleb(-places))


@st.composite
def tier_tables(draw: st.DrawFn, *, flat: bool = True) -> list[Table]:
    """Draw one to five tiers with rising bounds, the last open."""
    bounds: list[Decimal | None] = [*sorted(draw(st.sets(decimals(1000, 3).filter(bool), max_size=4)))]
    flats = decimals(100, 4) if flat else st.just(Decimal(0))
    return [
        {"up_to": bound, "unit_amount": draw(decimals(100)), "flat_amount": draw(flats)}
        for bound in [*bounds, None]
    ]


MODIFIERS = st.fixed_dictionaries(
    {},
    optional={
        "free_units": decimals(100, 3),
        "minimum_amount": decimals(500, 4),
        "maximum_amount": decimals(5000, 4),
        "discount_percent": decimals(100, 3),
    },
)


@st.composite
def price_tables(draw: st.DrawFn) -> Table:
    """Draw a price of any model that prices units, with modifiers."""
    rows = draw(tier_tables())
    tiers: Table = {"tiers": rows, "zero_usage_flat": draw(st.sampled_from(["first_tier", "none"]))}
    rates = [{("rate_percent" if key == "unit_amount" else key): row[key] for key in row} for row in rows]
    size, amount = draw(decimals(100, 3).filter(bool)), draw(decimals(100))
    rounding = draw(st.sampled_from(["up", "down"]))
    table: Table = draw(
        st.sampled_from(
            [
                {"model": "per_unit", "unit_amount": amount},
                {"model": "tiered", **tiers},
                {"model": "volume", **tiers},
                {"model": "tiered_percentage", **tiers, "tiers": rates},
                {"model": "package", "package_size": size, "package_amount": amount, "rounding": rounding},
            ]
        )
    )
    return {**table, **draw(MODIFIERS)}
