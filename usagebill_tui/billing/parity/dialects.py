"""Whether another system's amount is ours in another dialect: the same usage and price, other choices."""

from usagebill_tui.billing.house import House
from usagebill_tui.billing.parity.case import Case, Finding, recharge
from usagebill_tui.domain.dialect import DIALECTS, Bounds, Choices, choices_of
from usagebill_tui.domain.pricing.words import number

_WORDS = {
    "zero_usage_flat": {
        "none": "usage of zero pays no flat amount",
        "first_tier": "usage of zero pays the first tier's flat amount",
    },
    "rounding": {"tier": "each tier is rounded by itself", "line": "a line is rounded once"},
    "bounds": {
        "lower_inclusive": "usage that equals a bound lies in the next tier",
        "upper_inclusive": "usage that equals a bound lies in the tier that ends there",
    },
}


def matching(house: House, case: Case) -> Finding | None:
    """Tell in which dialect the usage would be charged their amount; None where in none, or in our own."""
    contract, line = case.contract, case.line
    if contract is None or line is None or line.kind != "usage" or line.units is None:
        return None
    own = choices_of(contract.version.plan.dialect)
    for choices in _tried(own):
        line_in = recharge(house, case, choices)
        amount = None if line_in is None else line_in.charge_units(line.units)
        if amount is not None and amount == case.theirs != case.amount:
            return Finding("dialect", f"{_said(own, choices)}: {number(line.units)} units come to theirs")
    return None


def _tried(own: Choices) -> list[Choices]:
    """Return the choices of known dialects, and our own with usage at bounds read the other way."""
    other: Bounds = "upper_inclusive" if own.bounds == "lower_inclusive" else "lower_inclusive"
    tried = [*DIALECTS.values(), own._replace(bounds=other)]
    return [one for one in dict.fromkeys(tried) if one != own]


def _said(own: Choices, choices: Choices) -> str:
    names = [name for name, known in DIALECTS.items() if known == choices]
    changed = [key for key in Choices._fields if getattr(own, key) != getattr(choices, key)]
    text = " and ".join(_WORDS[key][getattr(choices, key)] for key in changed)
    if names:
        return f"the dialect {' or '.join(names)} matches, where {text}"
    keys = ", ".join(f'{key} = "{getattr(choices, key)}"' for key in changed)
    return f"a dialect with {keys} matches, where {text}"
