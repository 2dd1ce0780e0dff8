"""Lines, steps and spans are written by name: like any other kind, and no field of them is left out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.invoice import Line, PrepaidUnits, Settled, Span, written
from usagebill_tui.domain.narrowing import Narrowing
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.domain.tax import Tax


class OtherSpan(Span, frozen=True):
    """A span that is written as any other kind."""


class OtherStep(Step, frozen=True, kw_only=True):
    """A step that is written as any other kind."""


class OtherLine(Line, frozen=True, kw_only=True):
    """A line that is written as any other kind."""


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=9) | st.sampled_from(
    [Decimal("1E-9"), Decimal("-0.00"), Decimal("2E+3"), Decimal("0E-18")]
)
TEXTS = st.text(max_size=5)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given UTC
SPANS = st.builds(lambda start: Span(start, start + timedelta(hours=5)), TIMES)
STEPS = st.builds(
    Step,
    description=TEXTS,
    quantity=NUMBERS | st.none(),
    unit_amount=NUMBERS | st.none(),
    amount=NUMBERS,
)
TAXES = st.builds(Tax, code=TEXTS, name=TEXTS, percent=NUMBERS, inclusive=st.booleans())
LINES = st.builds(
    Line,
    kind=st.sampled_from(["usage", "fee", "minimum"]),
    product=TEXTS | st.none(),
    metric=TEXTS | st.none(),
    group=st.dictionaries(TEXTS, TEXTS | st.none(), max_size=2) | st.none(),
    period=SPANS,
    description=TEXTS,
    units=NUMBERS | st.none(),
    amount=NUMBERS,
    tax_percent=NUMBERS,
    taxes=st.lists(TAXES, max_size=2).map(tuple),
    steps=st.lists(STEPS, max_size=3).map(tuple),
    events=st.integers(0, 9),
    left_out=st.integers(0, 9),
    accounts=st.lists(TEXTS, max_size=2).map(tuple),
    warnings=st.lists(TEXTS, max_size=2).map(tuple),
    not_rated=TEXTS | st.none(),
    settles=st.builds(Settled, TEXTS, NUMBERS, st.dictionaries(TEXTS, NUMBERS, max_size=2)) | st.none(),
    part=st.builds(Narrowing, when=st.dictionaries(TEXTS, TEXTS, max_size=1)) | st.none(),
    prepaid=st.lists(st.builds(PrepaidUnits, TEXTS, NUMBERS), max_size=2).map(tuple),
)


def as_other(line: Line) -> OtherLine:
    """Return the same line, all of whose parts are of kinds that are not written by name."""
    steps = tuple(OtherStep(**msgspec.structs.asdict(step)) for step in line.steps)
    period = OtherSpan(line.period.start, line.period.end)
    return OtherLine(**{**msgspec.structs.asdict(line), "steps": steps, "period": period})


@given(LINES)
@settings(max_examples=150, deadline=None)
def test_a_line_is_written_as_any_other_kind_is(line: Line) -> None:
    told, other = written(line), written(as_other(line))
    assert told == other
    assert list(told) == list(other)
