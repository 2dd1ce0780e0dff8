"""The conformance kit: what every aggregation type, pricing model and event reader must hold to.

`aggregation_laws`, `pricing_laws` and `reader_laws` return the laws of one thing. Each law is a function
without arguments that raises LawBroken; none needs pytest. Above a test, they make one test of each law
(pytest finds the plugin that does it by itself):

    @aggregation_laws(Peak(), property="gb")
    def test_laws(law: Law) -> None:
        law()

`usagebill plugins check NAME` runs the same laws. Examples are made up, the same ones each time.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from usagebill_tui.testing.aggregations import aggregation_laws
    from usagebill_tui.testing.law import Law, LawBroken, Laws
    from usagebill_tui.testing.prices import pricing_laws
    from usagebill_tui.testing.readers import Sample, reader_laws

__all__ = ["Law", "LawBroken", "Laws", "Sample", "aggregation_laws", "pricing_laws", "reader_laws"]

_HOMES = {
    "Law": "law",
    "LawBroken": "law",
    "Laws": "law",
    "Sample": "readers",
    "aggregation_laws": "aggregations",
    "pricing_laws": "prices",
    "reader_laws": "readers",
}


def __getattr__(name: str) -> Any:
    # Whoever runs pytest where usagebill is installed imports this package: it must cost them nothing.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
