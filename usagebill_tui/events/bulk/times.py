"""Times in the usual forms, and the proof that they are what DuckDB read."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from usagebill_tui.events.bulk.local_times import spans_of
from usagebill_tui.events.bulk.steps import Steps, literal
from usagebill_tui.events.timestamps import FIRST, LAST, Timestamps

_USUAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:([T ])[0-9]{2}:[0-9]{2}(:[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_MOST_YEARS = 8
_FORMAT = "%Y-%m-%d{}%H:%M"
_SECONDS = {0: "", 3: ":%S", 7: ":%S.%g", 10: ":%S.%f"}
"""How DuckDB writes so many characters of seconds and a fraction."""


class Written(NamedTuple):
    """How a time stands in a cell, between a prefix and a suffix; `value` is the SQL of what is between."""

    cell: str
    prefix: str
    suffix: str
    value: str


def time(
    steps: Steps, slot: int, samples: Sequence[str], timestamps: Timestamps, length: str, written: Written
) -> str | None:
    """Add the column of a slot's time and its proof; None where the samples are in no form that is known."""
    matches = [match for match in map(_USUAL.fullmatch, samples) if match is not None]
    if not matches:
        return _number(steps, slot, samples, timestamps)
    (mark, offset), _ = Counter(match.group(1, 3) for match in matches).most_common(1)[0]
    mark, offset = mark or "", offset or ""
    seconds = Counter(len(match[2] or "") for match in matches).most_common(1)[0][0]
    step = "output"
    if mark and seconds in _SECONDS and offset in {"", "Z"}:
        form = f"{_FORMAT.format(mark)}{_SECONDS[seconds]}{offset}"
        moment, step = _canonical(steps, slot, form, written), "after"
    else:
        moment = _moment(steps, slot, mark, offset, length) if mark else _date(steps, slot)
    # DuckDB knows the year 0 and years of six digits, and an offset leads there as well.
    for column in ["m", "s"] if _is_shifted(offset) else ["m"]:
        steps.prove(f"{column}{slot} BETWEEN make_timestamp({FIRST}) AND make_timestamp({LAST})")
    if offset or timestamps.is_utc:
        return steps.add(step, f"s{slot}", moment)
    years = Counter(int(match[0][:4]) for match in matches)
    return steps.add(step, f"s{slot}", _from_local(steps, slot, moment, years, timestamps.zone))


def _from_local(steps: Steps, slot: int, moment: str, years: Counter[int], zone: tzinfo) -> str:
    """Return the SQL of the instant of a local time, where the zone leaves no doubt of it."""
    known = sorted(
        {near for year, _ in years.most_common(_MOST_YEARS) for near in (year - 1, year, year + 1)}
    )
    micros = f"epoch_us({moment})"
    cases = " ".join(
        f"WHEN {micros} BETWEEN {span.first} AND {span.last} THEN {micros} - {span.offset}"
        for year in known
        for span in spans_of(year, zone)
    )
    steps.prove(f"s{slot} IS NOT NULL")
    return f"make_timestamp(CASE {cases or 'WHEN false THEN 0'} END)"


def _canonical(steps: Steps, slot: int, form: str, written: Written) -> str:
    """Add a time in a form that DuckDB writes, proven by writing it out again; return the SQL of it.

    The whole cell is read so: taking the time out of it first costs half as much again. Where that does not
    do, what DuckDB casts is tried.
    """
    whole = literal("".join([written.prefix.replace("%", "%%"), form, written.suffix.replace("%", "%%")]))
    cell = steps.add("value", f"e{slot}", written.cell)
    steps.add("cast", f"q{slot}", f"try_strptime({cell}, {whole})")
    steps.add("text", f"x{slot}", f"strftime(q{slot}, {whole})")
    same = f"x{slot} = {cell}"
    other = f"TRY_CAST({written.value} AS TIMESTAMP)"
    text = f"replace(CAST({other} AS VARCHAR), ' ', {literal('T' if 'T' in form else ' ')})"
    proof = _is_continued(written.value, text, "Z" if form.endswith("Z") else "")
    steps.prove(f"m{slot} IS NOT NULL")
    return steps.add("output", f"m{slot}", f"CASE WHEN {same} THEN q{slot} WHEN {proof} THEN {other} END")


def _moment(steps: Steps, slot: int, mark: str, offset: str, length: str) -> str:
    """Add a date and a time with this mark between them, and this offset after them; return the SQL of it."""
    end = "Z" if offset == "Z" else ""
    value = written = f"v{slot}"
    shift = 0
    if _is_shifted(offset):
        steps.prove(f"ends_with(v{slot}, {literal(offset)})")
        value = steps.add("cast", f"w{slot}", f"substr({written}, 1, {length}({written}) - {len(offset)})")
        written = f"substr({written}, 1, {length}({written}) - {len(offset)})"
        shift = _shift(offset)
    steps.add("cast", f"m{slot}", f"TRY_CAST({written} AS TIMESTAMP)")
    steps.add("text", f"x{slot}", f"replace(CAST(m{slot} AS VARCHAR), ' ', {literal(mark)})")
    steps.prove(_is_continued(value, f"x{slot}", end))
    if not shift:
        return f"m{slot}"
    return f"make_timestamp(epoch_us(m{slot}) - {shift})"


def _date(steps: Steps, slot: int) -> str:
    """Add a date; return the SQL of its first moment."""
    steps.add("cast", f"m{slot}", f"TRY_CAST(v{slot} AS DATE)")
    steps.add("text", f"x{slot}", f"CAST(m{slot} AS VARCHAR)")
    steps.prove(f"x{slot} = v{slot}", _starts_with_digit(f"v{slot}"))
    return f"CAST(m{slot} AS TIMESTAMP)"


def _is_continued(value: str, text: str, end: str) -> str:
    """Return the condition that a time is what DuckDB writes of it, and what it cut off or left out."""
    more = f"substr({value}, strlen({text}) + 1)"
    return (
        f"CASE WHEN NOT ({_starts_with_digit(value)}) OR NOT starts_with({value}, {text}) THEN false "
        f"WHEN strlen({value}) = strlen({text}) + {len(end)} THEN ends_with({value}, '{end}') "
        f"WHEN contains({text}, '.') THEN regexp_full_match({more}, '[0-9]+{end}') "
        f"ELSE regexp_full_match({more}, '\\.[0-9]+{end}') END"
    )


def _starts_with_digit(value: str) -> str:
    """Return the condition that a time is not `infinity`."""
    return f"{value} >= '0' AND {value} < ':'"


def _number(steps: Steps, slot: int, samples: Sequence[str], timestamps: Timestamps) -> str | None:
    """Add a number of units since 1970, which is not negative."""
    power = timestamps.power
    matches = [match for match in map(_NUMBER.fullmatch, samples) if match is not None]
    if power is None or not matches:
        return None
    digits = max(power, 0) if any(match[1] for match in matches) else 0
    kind = f"DECIMAL(18, {digits})" if digits else "BIGINT"
    steps.add("cast", f"m{slot}", f"TRY_CAST(v{slot} AS {kind})")
    steps.add("text", f"x{slot}", f"CAST(m{slot} AS VARCHAR)")
    begins = f"starts_with(x{slot}, v{slot}) AND NOT ends_with(v{slot}, '.')"
    # Times a power of ten, DECIMAL(18) would be too narrow.
    whole = f"CAST(CAST(m{slot} AS DECIMAL(38, {digits})) * {10**digits} AS BIGINT)" if digits else f"m{slot}"
    micros = f"{whole} * {10 ** (power - digits)}" if power >= digits else f"{whole} // {10**-power}"
    most = LAST // 10**power if power >= 0 else LAST * 10**-power
    steps.prove(begins if digits else f"x{slot} = v{slot}", f"s{slot} IS NOT NULL")
    within = f"CASE WHEN m{slot} >= 0 AND m{slot} < {most} THEN {micros} END"
    return steps.add("output", f"s{slot}", f"make_timestamp({within})")


def _is_shifted(offset: str) -> bool:
    return offset not in {"", "Z"}


def _shift(offset: str) -> int:
    """Return an offset from UTC in microseconds."""
    size = (int(offset[1:3]) * 60 + int(offset[4:6])) * 60_000_000
    return -size if offset[0] == "-" else size
