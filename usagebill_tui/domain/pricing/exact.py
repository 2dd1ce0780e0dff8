"""Exact numbers out of plain data: no binary floats, nothing infinite, nothing too long to compute with."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from usagebill_tui.domain.quantity import EXACT, parse_decimal, plain
from usagebill_tui.errors import InvalidInput

Path = tuple[str | int, ...]
"""The keys and places that lead to a value: `("tiers", 1, "up_to")`."""

INTEGER_REACH = 30
FRACTION_REACH = 40
"""Digits before and after the point: products of three such numbers stay exact in 200 digits."""

_FINEST = Decimal(1).scaleb(-FRACTION_REACH)
_DEEPEST = 20


def refusal(path: Path, what: str, mend: str | None = None) -> InvalidInput:
    """Return the error that names the value at `path`, written `tiers[1].up_to`."""
    where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return InvalidInput(what, where=where.removeprefix(".") or None, mend=mend)


def exact_number(value: object, path: Path) -> Decimal:
    """Read a number given as integer, decimal or text; raises InvalidInput for anything else."""
    if type(value) is Decimal:
        return _within_reach(value, value, path)
    if isinstance(value, float):
        raise refusal(path, "a binary float is not exact", "write the number as text, such as '0.1'")
    if isinstance(value, str):
        return _within_reach(parse_decimal(value.strip()), value, path)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _within_reach(Decimal(value), value, path)
    raise refusal(path, f"{_shown(value)} is not a number", "write it like 12.50")


def whole_number(value: object, path: Path) -> int:
    """Read a whole number given as integer, decimal or text; raises InvalidInput for anything else."""
    exact = exact_number(value, path)
    if exact != exact.to_integral_value():
        raise refusal(path, f"{plain(exact)} is not a whole number", "leave out the part after the point")
    return int(exact)


def plain_data(value: object, path: Path = ()) -> Any:
    """Return data as text, true, false, None, lists and tables; numbers and days become text.

    Raises InvalidInput for binary floats, for numbers out of reach and for anything that is not data.
    """
    if len(path) > _DEEPEST:
        raise refusal(path[:3], "too many tables inside one another")
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain_data(item, (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item, (*path, place)) for place, item in enumerate(value)]
    return plain(exact_number(value, path))


def _within_reach(number: Decimal | None, value: object, path: Path) -> Decimal:
    if number is None or not number.is_finite():
        raise refusal(path, f"{_shown(value)} is not a number", "write it like 12.50")
    if not number:
        return Decimal(0)
    if number.adjusted() >= INTEGER_REACH:
        raise refusal(
            path, f"{_shown(value)} is too large", f"at most {INTEGER_REACH} digits before the point"
        )
    if EXACT.quantize(number, _FINEST) != number:
        raise refusal(
            path, f"{_shown(value)} is too fine", f"at most {FRACTION_REACH} digits after the point"
        )
    return number


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 200:  # noqa: PLR2004 - Python refuses to write longer ones
        return "this number"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 - one line of an error
