"""Which laws a thing breaks."""

from usagebill_tui.testing import LawBroken, Laws


def broken_laws(laws: Laws) -> dict[str, LawBroken]:
    """Try all laws of one thing; return what was raised, by the law's name."""
    found = {}
    for law in laws:
        try:
            law()
        except LawBroken as error:
            found[law.name] = error
    assert all(error.law in {name, "examples"} for name, error in found.items())
    return found
